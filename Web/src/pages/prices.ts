// The pages of prices, fetched when the first of them is shown.
export { default as PricesPage } from "./prices/PricesPage";
export { default as ChangesPage } from "./prices/ChangesPage";
export { default as OverridesPage } from "./prices/OverridesPage";
export { default as ImpactPage } from "./prices/ImpactPage";
export { default as UnpricedPage } from "./prices/UnpricedPage";
export { default as RepricePage } from "./prices/RepricePage";
export { default as PricePage } from "./prices/PricePage";

// What the figures say, fetched when the first of these pages is shown.
export { default as OutlookPage } from "./insights/OutlookPage";
export { default as UnitCostsPage } from "./insights/UnitCostsPage";

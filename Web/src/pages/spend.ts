// What everybody looks at, fetched together: one file instead of many small ones.
export { default as DashboardPage } from "./dashboard/DashboardPage";
export { default as ExplorePage } from "./explore/ExplorePage";
export { default as UsagePage } from "./usage/UsagePage";
export { default as EventPage } from "./usage/EventPage";
export { default as BudgetsPage } from "./budgets/BudgetsPage";
export { default as BudgetPage } from "./budgets/BudgetPage";
export { default as AlertsPage } from "./alerts/AlertsPage";
export { default as AlertPage } from "./alerts/AlertPage";
export { default as ChannelsPage } from "./alerts/ChannelsPage";

import { ComponentType, lazy, ReactNode } from "react";
import { match } from "../lib/router";
import { Empty } from "../ui/States";

const spend = () => import("../pages/spend");
const insights = () => import("../pages/insights");
const prices = () => import("../pages/prices");
const admin = () => import("../pages/admin");

// deno-lint-ignore no-explicit-any -- each page names its own parts of the path
type PageComponent = ComponentType<any>;

/** A page that is fetched with its like when one of them is first shown. */
function later<Name extends string>(
    load: () => Promise<Record<Name, PageComponent>>,
    name: Name,
): PageComponent {
    return lazy(async () => ({ default: (await load())[name] }));
}

const routes: [pattern: string, page: PageComponent][] = [
    ["/", later(spend, "DashboardPage")],
    ["/explore", later(spend, "ExplorePage")],
    ["/usage", later(spend, "UsagePage")],
    ["/usage/:workspace/:event", later(spend, "EventPage")],
    ["/budgets", later(spend, "BudgetsPage")],
    ["/budgets/:id", later(spend, "BudgetPage")],
    ["/alerts", later(spend, "AlertsPage")],
    ["/alerts/channels", later(spend, "ChannelsPage")],
    ["/alerts/:id", later(spend, "AlertPage")],
    ["/insights", later(insights, "OutlookPage")],
    ["/insights/units", later(insights, "UnitCostsPage")],
    ["/prices", later(prices, "PricesPage")],
    ["/prices/changes", later(prices, "ChangesPage")],
    ["/prices/overrides", later(prices, "OverridesPage")],
    ["/prices/impact", later(prices, "ImpactPage")],
    ["/prices/unpriced", later(prices, "UnpricedPage")],
    ["/prices/reprice", later(prices, "RepricePage")],
    ["/prices/:provider/:model", later(prices, "PricePage")],
    ["/directory", later(admin, "WorkspacesPage")],
    ["/directory/memberships", later(admin, "MembershipsPage")],
    ["/directory/:kind", later(admin, "MembersPage")],
    ["/keys", later(admin, "KeysPage")],
    ["/people", later(admin, "PeoplePage")],
    ["/audit", later(admin, "AuditPage")],
    ["/operations", later(admin, "OperationsPage")],
    ["/start", later(admin, "StartPage")],
];

/** The page of a path. */
export function findPage(path: string): ReactNode {
    for (const [pattern, Page] of routes) {
        const parts = match(pattern, path);
        if (parts) return <Page {...parts} />;
    }
    return (
        <Empty title="There is no such page">The address may be mistyped, or what it showed is gone.</Empty>
    );
}

import { ComponentType, lazy, ReactNode } from "react";
import { match } from "../lib/router";
import { Empty } from "../ui/States";

const spend = () => import("../pages/spend");
const insights = () => import("../pages/insights");
const prices = () => import("../pages/prices");
const admin = () => import("../pages/admin");

// deno-lint-ignore no-explicit-any -- each page names its own parts of the path
type PageComponent = ComponentType<any>;

type Load = () => Promise<Record<string, PageComponent>>;

const routes: [pattern: string, load: Load, name: string][] = [
    ["/", spend, "DashboardPage"],
    ["/explore", spend, "ExplorePage"],
    ["/usage", spend, "UsagePage"],
    ["/usage/:workspace/:event", spend, "EventPage"],
    ["/budgets", spend, "BudgetsPage"],
    ["/budgets/:id", spend, "BudgetPage"],
    ["/alerts", spend, "AlertsPage"],
    ["/alerts/channels", spend, "ChannelsPage"],
    ["/alerts/:id", spend, "AlertPage"],
    ["/insights", insights, "OutlookPage"],
    ["/insights/units", insights, "UnitCostsPage"],
    ["/prices", prices, "PricesPage"],
    ["/prices/changes", prices, "ChangesPage"],
    ["/prices/overrides", prices, "OverridesPage"],
    ["/prices/impact", prices, "ImpactPage"],
    ["/prices/unpriced", prices, "UnpricedPage"],
    ["/prices/reprice", prices, "RepricePage"],
    ["/prices/:provider/:model", prices, "PricePage"],
    ["/directory", admin, "WorkspacesPage"],
    ["/directory/memberships", admin, "MembershipsPage"],
    ["/directory/:kind", admin, "MembersPage"],
    ["/keys", admin, "KeysPage"],
    ["/people", admin, "PeoplePage"],
    ["/audit", admin, "AuditPage"],
    ["/operations", admin, "OperationsPage"],
    ["/start", admin, "StartPage"],
];

/** All pages; each is fetched with its like when one of them is first shown. */
const pages = routes.map(([pattern, load, name]) => ({
    pattern,
    load,
    Page: lazy(async () => ({ default: (await load())[name] as PageComponent })),
}));

/** Fetches the page of a path ahead, while it is still asked who is there. */
export function fetchAhead(path: string) {
    // What goes wrong here goes wrong again when the page is shown, which says so.
    pages.find(({ pattern }) => match(pattern, path))?.load().catch(() => undefined);
}

/** The page of a path. */
export function findPage(path: string): ReactNode {
    for (const { pattern, Page } of pages) {
        const parts = match(pattern, path);
        if (parts) return <Page {...parts} />;
    }
    return (
        <Empty title="There is no such page">The address may be mistyped, or what it showed is gone.</Empty>
    );
}

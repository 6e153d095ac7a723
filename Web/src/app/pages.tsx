import { ComponentType, lazy, ReactNode } from "react";
import { match } from "../lib/router";
import { Empty } from "../ui/States";

/** A page that is fetched when it is first shown. */
// deno-lint-ignore no-explicit-any -- each page names its own parts of the path
function later(load: () => Promise<{ default: ComponentType<any> }>): ComponentType<any> {
    return lazy(load);
}

const routes: [pattern: string, page: ReturnType<typeof later>][] = [
    ["/", later(() => import("../pages/dashboard/DashboardPage"))],
    ["/explore", later(() => import("../pages/explore/ExplorePage"))],
    ["/usage", later(() => import("../pages/usage/UsagePage"))],
    ["/usage/:workspace/:event", later(() => import("../pages/usage/EventPage"))],
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

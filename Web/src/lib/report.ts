import { address } from "./api";
import { View } from "./session";

/** What spend can be cut by. */
export const dimensions = [
    ["team", "Team"],
    ["project", "Project"],
    ["user", "User"],
    ["source_app", "Source app"],
    ["provider", "Provider"],
    ["model", "Model"],
    ["operation", "Operation"],
    ["service_tier", "Service tier"],
] as const;

/** Lengths of time that a pivot can be cut by too. */
export const intervals = [["day", "Day"], ["week", "Week"], ["month", "Month"]] as const;

/** A dimension's name for people. */
export function dimensionTitle(name: string): string {
    if (name.startsWith("tag.")) return `Tag ${name.slice(4)}`;
    return [...dimensions, ...intervals].find(([key]) => key === name)?.[1] ?? name;
}

/** Whether reports know a dimension. */
export function isDimension(name: string): boolean {
    return /^tag\..{1,64}$/.test(name) || dimensions.some(([key]) => key === name);
}

/** Words for a value that is not there. */
export function valueText(value: string | null): string {
    return value === null ? "(none)" : value === "" ? "(empty)" : value;
}

export type Filters = Record<string, string[]>;

/** The filters of an address: every parameter that is a dimension. */
export function readFilters(query: URLSearchParams): Filters {
    const filters: Filters = {};
    for (const [name, value] of query) {
        if (isDimension(name)) (filters[name] ??= []).push(value);
    }
    return filters;
}

/** What reports that price events again can be narrowed by: one value each. */
const narrowing = ["team", "project", "user", "source_app", "provider", "model"];

/** Filters for reports that price events again; none when these cannot be asked for there. */
export function narrowedFilters(filters: Filters): Filters | null {
    const isGood = ([name, values]: [string, string[]]) => narrowing.includes(name) && values.length === 1;
    return Object.entries(filters).every(isGood) ? filters : null;
}

/** A report's path for what the pickers and filters say. */
export function reportPath(
    path: string,
    view: View,
    own: Record<string, string | number | string[] | null | undefined> = {},
): string {
    return address(path, {
        workspace: view.workspace?.id,
        from: view.range.from,
        to: view.range.to,
        time_zone: view.zone,
        ...readFilters(view.query),
        ...own,
    });
}

export interface Totals {
    cost_usd: string;
    events: number;
    unpriced_events: number;
    input_tokens: number;
    output_tokens: number;
    cache_read_tokens: number;
    cache_write_tokens: number;
    reasoning_tokens: number;
}

export interface Summary extends Totals {
    previous: Totals;
    change: { cost_usd: string; cost_ratio: number | null; events: number };
}

export interface TimeSeries {
    series: {
        key: string | null;
        is_other?: boolean;
        points: { start: string; cost_usd: string; events: number }[];
    }[];
}

export interface Breakdown {
    rows: (Totals & { key: string | null; share: number })[];
    other: (Totals & { share: number }) | null;
    total: Totals;
}

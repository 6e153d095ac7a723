import { address } from "../../lib/api";
import { Setup } from "../../lib/pivot";
import { addDays, daysBetween, monthStart } from "../../lib/time";

/**
 * The address of the events that a cell adds up; none when a part of its name is no value, which cannot be asked for.
 * The filters of the page come along by themselves where the cell does not say otherwise.
 */
export function drillPath(setup: Setup, row: (string | null)[], column: (string | null)[]): string | null {
    const query = new URLSearchParams(globalThis.location?.search ?? "");
    const filters: Record<string, string[]> = {};
    for (const [name, value] of query) {
        if (!own.has(name)) (filters[name] ??= []).push(value);
    }
    let days: [string, string] | null = null;
    const names = [...setup.rows, ...setup.columns];
    for (const [index, value] of [...row, ...column].entries()) {
        const name = names[index] ?? "";
        if (value === null) return null;
        const interval = intervalDays(name, value);
        if (!interval) filters[name] = [value];
        else if (!days || daysBetween(...interval) < daysBetween(...days)) days = interval;
    }
    return address("/usage", { ...filters, ...(days ? { from: days[0], to: days[1] } : {}) });
}

/** Parts of the explorer's address that are not those of events. */
const own = new Set([
    "rows",
    "columns",
    "measure",
    "top",
    "top_columns",
    "workspace",
    "range",
    "from",
    "to",
    "time_zone",
]);

/** The first and last day of an interval by its first. */
function intervalDays(name: string, first: string): [string, string] | null {
    switch (name) {
        case "day":
            return [first, first];
        case "week":
            return [first, addDays(first, 6)];
        case "month":
            return [first, addDays(monthStart(first, 1), -1)];
        default:
            return null;
    }
}

import { addDays, Day, dayOf, daysBetween, isDay, monthStart, startOfDay } from "./time";

/** The ranges that can be picked by name. */
export const presets = [
    ["today", "Today"],
    ["7d", "Last 7 days"],
    ["30d", "Last 30 days"],
    ["90d", "Last 90 days"],
    ["month", "This month"],
    ["last-month", "Last month"],
    ["year", "This year"],
] as const;

export type Preset = typeof presets[number][0];

/** A range of whole days in a zone: the first day, and the day after the last. */
export interface Range {
    preset: Preset | null;
    first: Day;
    end: Day;
    from: string;
    to: string;
}

function days(preset: Preset, today: Day): [Day, Day] {
    const tomorrow = addDays(today, 1);
    switch (preset) {
        case "today":
            return [today, tomorrow];
        case "7d":
            return [addDays(tomorrow, -7), tomorrow];
        case "90d":
            return [addDays(tomorrow, -90), tomorrow];
        case "month":
            return [monthStart(today), tomorrow];
        case "last-month":
            return [monthStart(today, -1), monthStart(today)];
        case "year":
            return [`${today.slice(0, 4)}-01-01`, tomorrow];
        default:
            return [addDays(tomorrow, -30), tomorrow];
    }
}

/** The range that a query names: `from` and `to` as days, the last one included, or a preset; else 30 days. */
export function readRange(query: URLSearchParams, zone: string, now = Date.now()): Range {
    const from = query.get("from") ?? "";
    const last = query.get("to") ?? "";
    const named = presets.find(([name]) => name === query.get("range"))?.[0];
    const isCustom = !named && isDay(from) && isDay(last) && from <= last;
    const preset = isCustom ? null : named ?? "30d";
    const [first, end] = preset ? days(preset, dayOf(now, zone)) : [from, addDays(last, 1)];
    return {
        preset,
        first,
        end,
        from: new Date(startOfDay(first, zone)).toISOString(),
        to: new Date(startOfDay(end, zone)).toISOString(),
    };
}

/** The length of a time series' intervals that shows a range well. */
export function granularityOf(range: Range): "hour" | "day" | "week" | "month" {
    const length = daysBetween(range.first, range.end);
    if (length <= 2) return "hour";
    if (length <= 100) return "day";
    return length <= 400 ? "week" : "month";
}

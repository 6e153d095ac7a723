/** A calendar day, `2026-11-28`. */
export type Day = string;

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(zone: string): Intl.DateTimeFormat {
    let format = formats.get(zone);
    if (!format) {
        format = new Intl.DateTimeFormat("en-US", {
            timeZone: zone,
            hourCycle: "h23",
            year: "numeric",
            month: "numeric",
            day: "numeric",
            hour: "numeric",
            minute: "numeric",
            second: "numeric",
        });
        formats.set(zone, format);
    }
    return format;
}

/** Milliseconds by which a zone's clocks are ahead of UTC at a moment. */
function offset(zone: string, time: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of wallClock(zone).formatToParts(time)) part[type] = Number(value);
    const local = Date.UTC(
        part["year"] ?? 1970,
        (part["month"] ?? 1) - 1,
        part["day"] ?? 1,
        part["hour"] ?? 0,
        part["minute"] ?? 0,
        part["second"] ?? 0,
    );
    return local - Math.floor(time / 1000) * 1000;
}

function utc(day: Day): number {
    return Date.parse(`${day}T00:00:00Z`);
}

/** Whether a text is a day that there is. */
export function isDay(text: string): boolean {
    return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(utc(text)) &&
        new Date(utc(text)).toISOString().startsWith(text);
}

/** The first moment of a day in a zone; where clocks skip midnight, the moment they skip to. */
export function startOfDay(day: Day, zone: string): number {
    const midnight = utc(day);
    const candidates = [midnight - 86_400_000, midnight, midnight + 86_400_000]
        .map((time) => midnight - offset(zone, time));
    const exact = candidates.filter((time) => time + offset(zone, time) === midnight);
    if (exact.length) return Math.min(...exact);
    // No clock shows this midnight: the clocks went forward over it.
    return Math.max(...candidates.map((time) => time));
}

/** The day that a zone's clocks show at a moment. */
export function dayOf(time: number, zone: string): Day {
    return new Date(time + offset(zone, time)).toISOString().slice(0, 10);
}

/** A day some days later, or earlier. */
export function addDays(day: Day, days: number): Day {
    return new Date(utc(day) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The first day of a month some months later, or earlier. */
export function monthStart(day: Day, months = 0): Day {
    const [year, month] = day.split("-").map(Number);
    return new Date(Date.UTC(year ?? 1970, (month ?? 1) - 1 + months, 1)).toISOString().slice(0, 10);
}

/** Days from one to another. */
export function daysBetween(from: Day, to: Day): number {
    return Math.round((utc(to) - utc(from)) / 86_400_000);
}

/** Whether the browser knows a zone. */
export function isZone(name: string): boolean {
    try {
        wallClock(name);
        return true;
    } catch {
        return false;
    }
}

/** The zone of the computer. */
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** All zones to pick from, if the browser has a list. */
export function zones(): string[] {
    const list = (Intl as unknown as { supportedValuesOf?: (key: string) => string[] }).supportedValuesOf?.(
        "timeZone",
    );
    return ["UTC", ...(list ?? [ownZone]).filter((zone) => zone !== "UTC")];
}

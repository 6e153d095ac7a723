import { digitsFor, Money, parseMoney, roundMoney } from "./money";

/** The user's own language and region: how numbers and dates look. */
export const locale = globalThis.navigator?.languages?.[0] ?? "en";

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const name = JSON.stringify(options);
    let format = formats.get(name);
    if (!format) formats.set(name, format = new Intl.NumberFormat(locale, options));
    return format;
}

/** Intl formats decimal strings exactly; TypeScript 4.8 does not know that yet. */
function exact(format: Intl.NumberFormat, text: string): string {
    return format.format(text as unknown as number);
}

/** An amount in dollars, to the cent; smaller ones with two figures. */
export function money(value: Money | string, digits?: number): string {
    const amount = typeof value === "string" ? parseMoney(value) : value;
    const count = digits ?? digitsFor(amount);
    const format = numberFormat({
        style: "currency",
        currency: "USD",
        currencyDisplay: "narrowSymbol",
        minimumFractionDigits: count,
        maximumFractionDigits: count,
    });
    return exact(format, roundMoney(amount, count));
}

/** A difference of amounts, with its sign. */
export function moneySigned(value: Money): string {
    const text = money(value);
    return value > 0n ? `+${text}` : text;
}

/** Digits after the point with which all amounts of a column show two figures at least, within reason. */
export function columnDigits(amounts: Money[]): number {
    return Math.min(6, amounts.reduce((most, amount) => Math.max(most, digitsFor(amount)), 2));
}

/** All digits of an amount, for titles and explanations. */
export function moneyExactly(value: string): string {
    const fraction = value.split(".")[1]?.replace(/0+$/, "").length ?? 0;
    return money(value, Math.max(2, fraction));
}

/** A short amount for axes and cells: $1.2K. */
export function moneyShort(value: Money | string): string {
    const amount = typeof value === "string" ? parseMoney(value) : value;
    const size = amount < 0n ? -amount : amount;
    if (size < 1_000n * 10n ** 12n) {
        const digits = digitsFor(amount);
        return size % 10n ** 12n === 0n ? money(amount, 0) : money(amount, digits);
    }
    const format = numberFormat({
        style: "currency",
        currency: "USD",
        currencyDisplay: "narrowSymbol",
        notation: "compact",
        maximumFractionDigits: 1,
    });
    return exact(format, roundMoney(amount, 0));
}

/** A dollar label of an axis' tick, which is a round number. */
export function tickMoney(value: number): string {
    const small = value !== 0 && Math.abs(value) < 1;
    return numberFormat({
        style: "currency",
        currency: "USD",
        currencyDisplay: "narrowSymbol",
        ...(Math.abs(value) >= 1000 ? { notation: "compact", maximumFractionDigits: 1 } : {
            minimumFractionDigits: 0,
            maximumFractionDigits: small ? 6 : 2,
        }),
    } as Intl.NumberFormatOptions).format(value);
}

/** A count, in full. */
export function count(value: number | string): string {
    return typeof value === "number"
        ? numberFormat({ maximumFractionDigits: 6 }).format(value)
        : exact(numberFormat({ maximumFractionDigits: 6 }), value);
}

/** A count, short: 12.4M. */
export function countShort(value: number): string {
    return numberFormat({ notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** A part as a percentage; all with as many digits, so that they stand below each other. */
export function percent(ratio: number, digits = 1): string {
    return numberFormat({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits })
        .format(ratio);
}

/** A change as a percentage with its sign. */
export function change(ratio: number): string {
    return numberFormat({ style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" }).format(
        ratio,
    );
}

/** How long: 340 ms, 12 s, 4 min. */
export function seconds(value: number): string {
    if (value < 1) return `${count(Math.round(value * 1000))} ms`;
    if (value < 120) return `${numberFormat({ maximumFractionDigits: 1 }).format(value)} s`;
    if (value < 7200) return `${count(Math.round(value / 60))} min`;
    if (value < 172_800) return `${count(Math.round(value / 3600))} h`;
    return `${count(Math.round(value / 86_400))} d`;
}

const dates = new Map<string, Intl.DateTimeFormat>();

function dateFormat(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const name = zone + JSON.stringify(options);
    let format = dates.get(name);
    if (!format) dates.set(name, format = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }));
    return format;
}

/** A moment, to the minute. */
export function dateTime(time: string | number, zone: string): string {
    return dateFormat(zone, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}

/** A moment, to the second; of this year unless it is said. */
export function dateTimeShort(time: string | number, zone: string, now = Date.now()): string {
    const at = new Date(time);
    const isThisYear = at.getUTCFullYear() === new Date(now).getUTCFullYear();
    return dateFormat(zone, {
        ...(isThisYear ? {} : { year: "numeric" }),
        month: "short",
        day: "numeric",
        hour: "numeric",
        minute: "2-digit",
        second: "2-digit",
    }).format(at);
}

/** A moment, to the second and with its zone. */
export function dateTimeExactly(time: string | number, zone: string): string {
    return dateFormat(zone, { dateStyle: "medium", timeStyle: "long" }).format(new Date(time));
}

/** A moment's hour and minute. */
export function timeOfDay(time: string | number, zone: string): string {
    return dateFormat(zone, { timeStyle: "short" }).format(new Date(time));
}

/** A day. */
export function date(time: string | number, zone: string): string {
    return dateFormat(zone, { dateStyle: "medium" }).format(new Date(time));
}

/** A label of an interval's start: as short as its length allows. */
export function intervalLabel(time: string, granularity: string, zone: string): string {
    const at = new Date(time);
    switch (granularity) {
        case "hour":
            return timeOfDay(time, zone);
        case "month":
            return dateFormat(zone, { month: "short", year: "numeric" }).format(at);
        default:
            return dateFormat(zone, { day: "numeric", month: "short" }).format(at);
    }
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

/** How long ago, or in how long. */
export function ago(time: string, now = Date.now()): string {
    const difference = (Date.parse(time) - now) / 1000;
    const size = Math.abs(difference);
    if (size < 60) return relative.format(Math.round(difference), "second");
    if (size < 3600) return relative.format(Math.round(difference / 60), "minute");
    if (size < 86_400) return relative.format(Math.round(difference / 3600), "hour");
    return relative.format(Math.round(difference / 86_400), "day");
}

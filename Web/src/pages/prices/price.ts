import { dateTime, money } from "../../lib/format";
import { isTokenRate, perMillion } from "../../lib/rates";
import { words } from "../usage/event";

export interface Price {
    id: string;
    source: "litellm" | "catalogue" | "override";
    key: string;
    provider: string;
    mode: string | null;
    workspace: string | null;
    valid_from: string | null;
    valid_to: string | null;
    recorded_at: string;
    price_version: string;
    author?: string;
    reason?: string;
    closed_at?: string;
    closed_by?: string;
    withdrawn?: boolean;
    rates: Record<string, string>;
}

export const sources: Record<string, string> = {
    litellm: "Price map",
    catalogue: "Catalogue",
    override: "Override",
};

/** A decimal amount of dollars with all its digits, however small. */
export function exactDollars(text: string): string {
    const fraction = text.split(".")[1]?.length ?? 0;
    return /^-?\d+(\.\d+)?$/.test(text) && fraction <= 12 ? money(text, Math.max(2, fraction)) : `$${text}`;
}

/** A rate for people: tokens per million, others as they are. */
export function rateText(name: string, rate: string): string {
    const million = isTokenRate(name) ? perMillion(rate) : null;
    return million === null ? exactDollars(rate) : `${exactDollars(million)} / 1M`;
}

/** From when until when a price holds, in words. */
export function validText(price: Price, zone: string): string {
    const from = price.valid_from && dateTime(price.valid_from, zone);
    const to = price.valid_to && dateTime(price.valid_to, zone);
    if (from) return to ? `${from} – ${to}` : `Since ${from}`;
    return to ? `Until ${to}` : "Always";
}

/** The name of a model as its provider knows it: what is behind the provider's own name in the key. */
export function modelOf(price: Price): string {
    return price.key.startsWith(`${price.provider}/`)
        ? price.key.slice(price.provider.length + 1)
        : price.key;
}

/** What holds at a moment of the versions of a model, rate by rate: the first that has it, in the server's order. */
export function ratesAt(versions: Price[], time: number, workspace: string | null): Record<string, string> {
    const rates: Record<string, string> = {};
    for (const version of versions) {
        const begins = version.valid_from === null ? -Infinity : Date.parse(version.valid_from);
        const ends = version.valid_to === null ? Infinity : Date.parse(version.valid_to);
        const isOthers = version.workspace !== null && version.workspace !== workspace;
        if (version.withdrawn || isOthers || time < begins || time >= ends) continue;
        for (const [name, rate] of Object.entries(version.rates)) rates[name] ??= rate;
    }
    return rates;
}

/** The moments at which a model's prices changed, the oldest first. */
export function changesOf(versions: Price[]): number[] {
    const times = versions.filter((version) => !version.withdrawn).flatMap((
        version,
    ) => [version.valid_from, version.valid_to]);
    const known = times.filter((time): time is string => time !== null).map((time) => Date.parse(time));
    return [...new Set(known)].sort((a, b) => a - b);
}

/** The rates that people look for first. */
export const mainRates = [
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
];

const titles: Record<string, string> = {
    input_cost_per_token: "Input",
    output_cost_per_token: "Output",
    cache_read_input_token_cost: "Cached input",
    cache_creation_input_token_cost: "Cache writes",
};

/** What a rate's name ends with when it is for one way of calling. */
const variant = /_(batches|priority|flex|above_\d+k_tokens)$/;

/** A rate's name for people. */
export function rateTitle(name: string): string {
    const title = titles[name];
    if (title) return title;
    const end = variant.exec(name);
    return end ? `${rateTitle(name.slice(0, end.index))}, ${(end[1] ?? "").replace(/_/g, " ")}` : words(name);
}

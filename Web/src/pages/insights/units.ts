import { Money, parseMoney } from "../../lib/money";
import { UnitSums } from "./insight";

/** What spend can be divided by beside tokens and events. */
export const quantities = [
    ["images", "Images"],
    ["audio_seconds", "Audio seconds"],
    ["video_seconds", "Video seconds"],
    ["characters", "Characters"],
    ["pages", "Pages"],
    ["requests", "Requests"],
    ["web_search_requests", "Web searches"],
    ["sessions", "Sessions"],
] as const;

/** A quantity's name for people. */
export function quantityTitle(name: string): string {
    return quantities.find(([key]) => key === name)?.[1] ?? name.replace(/^custom:/, "");
}

/** People speak of tokens by the million. */
export function perMillionTokens(sums: UnitSums): Money | null {
    return sums.usd_per_1000_tokens === null ? null : parseMoney(sums.usd_per_1000_tokens) * 1000n;
}

/** What one costs, by the name of the unit; none where there was nothing to divide by. */
export function unitCost(sums: UnitSums, unit: string): Money | null {
    if (unit === "tokens") return perMillionTokens(sums);
    const text = unit === "event" ? sums.usd_per_event : sums.quantity?.usd_per_unit ?? null;
    return text === null ? null : parseMoney(text);
}

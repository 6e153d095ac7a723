import { count, countShort, money, moneyShort, tickMoney } from "../../lib/format";
import { Figure } from "../../lib/pivot";

/** What a pivot can add up. */
export const measures = [
    ["cost_usd", "Spend"],
    ["events", "Events"],
    ["unpriced_events", "Events without a price"],
    ["input_tokens", "Input tokens"],
    ["output_tokens", "Output tokens"],
    ["cache_read_tokens", "Cached input tokens"],
    ["cache_write_tokens", "Cache writes"],
    ["reasoning_tokens", "Reasoning tokens"],
    ["images", "Images"],
    ["audio_seconds", "Audio seconds"],
    ["characters", "Characters"],
    ["requests", "Requests"],
] as const;

export function measureTitle(name: string): string {
    return measures.find(([key]) => key === name)?.[1] ?? name;
}

/** A figure in full. */
export function figureText(figure: Figure): string {
    if (figure === null) return "";
    return typeof figure === "string" ? money(figure) : count(figure);
}

/** A figure that fits a cell. */
export function figureShort(figure: Figure): string {
    if (figure === null) return "";
    return typeof figure === "string"
        ? moneyShort(figure)
        : figure < 100_000
        ? count(figure)
        : countShort(figure);
}

/** A label of an axis of a measure. */
export function tickOf(measure: string): (value: number) => string {
    return measure === "cost_usd" ? tickMoney : countShort;
}

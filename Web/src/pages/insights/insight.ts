import { Totals } from "../../lib/report";

export interface Forecast {
    start: string;
    end: string;
    spent_usd: string;
    forecast_usd: string;
    low_usd: string;
    high_usd: string;
    confidence: number;
    method: "run_rate";
    /** What each day that is left will add, the rest of today first; empty when days cannot be told apart. */
    days: { day: string; cost_usd: string }[];
}

export interface Anomaly {
    dimension: string;
    key: string | null;
    day: string;
    direction: "up" | "down";
    cost_usd: string;
    expected_usd: string;
    low_usd: string;
    high_usd: string;
}

/** The server looks for anomalies on so many days at most. */
export const anomalyDayLimit = 400;

/** The parameters that narrow a report to what an anomaly is about. */
export function anomalyFilters(anomaly: Anomaly): Record<string, string> {
    if (anomaly.key === null) return {};
    return { [anomaly.dimension]: anomaly.key };
}

export interface UnitSums extends Totals {
    usd_per_1000_tokens: string | null;
    usd_per_event: string | null;
    quantity?: { name: string; amount: number; usd_per_unit: string | null };
}

export interface UnitEconomics {
    rows: (UnitSums & { key: string | null })[];
    other: UnitSums | null;
    total: UnitSums;
    values: number | null;
    usd_per_value: string | null;
}

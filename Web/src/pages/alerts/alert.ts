export interface Delivery {
    channel: string;
    recipient?: string;
    channel_id?: string;
    state: string;
    attempts: number;
    settled_at: string | null;
    detail: string | null;
}

export interface Alert {
    id: string;
    kind: string;
    state: string;
    title: string;
    workspace: string | null;
    budget?: { id: string; name: string };
    scope?: { type: string; id: string };
    period?: string;
    threshold?: number;
    spent_usd?: string;
    limit_usd?: string;
    facts?: Record<string, string>;
    happened_at: string;
    created_at: string;
    deliveries?: Delivery[];
}

/** The kinds of alerts that channels can be made for. */
export const alertKinds = [
    ["budget_crossing", "Budget thresholds"],
    ["price_sync", "Price changes"],
    ["price_sync_stale", "Old prices"],
    ["unpriced_model", "Models without a price"],
    ["dead_letters", "Events that failed"],
    ["spend_anomaly", "Unusual spend"],
    ["other", "Anything else"],
] as const;

/** An alert's kind, in words. */
export function kindText(kind: string): string {
    return alertKinds.find(([name]) => name === kind)?.[1] ?? kind.replace(/_/g, " ");
}

/** Where what an alert is about is shown. */
export function alertGoal(alert: Alert): string {
    if (alert.budget) return `/budgets/${encodeURIComponent(alert.budget.id)}`;
    if (alert.kind === "unpriced_model") return "/prices/unpriced";
    if (alert.kind.startsWith("price_sync")) return "/prices/changes";
    return alert.kind === "dead_letters" ? "/operations" : `/alerts/${alert.id}`;
}

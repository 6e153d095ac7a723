export interface UsageEvent {
    event_id: string;
    kind: "event" | "adjustment";
    occurred_at: string;
    recorded_at: string;
    workspace: string;
    team?: string;
    project?: string;
    user?: string;
    source_app?: string;
    provider?: string;
    model?: string;
    operation?: string;
    service_tier?: string;
    usage?: Record<string, number | Record<string, number>>;
    tags?: Record<string, string>;
    latency_ms?: number;
    status?: string;
    trace_id?: string;
    hold_id?: string;
    reference?: string;
    cost_usd: string | null;
    cost_status?: string;
    recorded_cost_usd?: string | null;
    reason?: string;
    job_kind?: string;
    provenance?: Provenance;
    adjustments?: { at: string; amount_usd: string; job: string; job_kind: string; reason: string }[];
}

export interface Provenance {
    source: string;
    price_version: string | null;
    key: string | null;
    rules: string[];
    flags: string[];
    multiplier?: string;
}

export interface Component {
    component: string;
    quantity: string;
    rate_key: string | null;
    unit_price: string;
    cost: string;
}

export interface Explained {
    event_id: string;
    workspace: string;
    occurred_at: string;
    provider: string;
    model: string;
    operation: string;
    cost_usd: string | null;
    cost_status: string;
    recorded_cost_usd: string | null;
    adjustments: number;
    explanation: {
        status: string;
        cost_usd: string | null;
        exact_cost_usd: string | null;
        components: Component[];
        unpriced_quantities?: { quantity: string; reason: string }[];
        multiplier?: string;
        multiplier_keys?: string[];
        provenance: Provenance;
    } | null;
    verified: boolean;
}

/** Names of the API as words: `input_tokens` is "Input tokens". */
export function words(name: string): string {
    const text = name.replace(/_/g, " ");
    return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What was used, shortly: the tokens, else the first quantities. */
export function usageText(event: UsageEvent, count: (value: number) => string): string {
    const usage = event.usage ?? {};
    const input = usage["input_tokens"];
    const output = usage["output_tokens"];
    if (typeof input === "number" || typeof output === "number") {
        return `${count(Number(input ?? 0))} → ${count(Number(output ?? 0))}`;
    }
    const entries = Object.entries(usage).filter((entry): entry is [string, number] =>
        typeof entry[1] === "number"
    );
    return entries.slice(0, 2).map(([name, value]) => `${count(value)} ${name.replace(/_/g, " ")}`).join(
        ", ",
    );
}

/** The address of an event's own page. */
export function eventPath(event: { workspace: string; event_id: string }): string {
    return `/usage/${encodeURIComponent(event.workspace)}/${encodeURIComponent(event.event_id)}`;
}

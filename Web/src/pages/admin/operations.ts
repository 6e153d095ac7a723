export interface Stage {
    stream: string;
    group: string;
    partition?: string;
    entries_behind: number;
    undelivered: number;
    pending: number;
    seconds_behind: number;
    oldest_pending_seconds: number;
    consumers: { name: string; pending: number; idle_seconds: number }[];
}

export interface Operations {
    at: string;
    stages: Stage[];
    dead_letters: number;
    drift_microdollars: number;
    services: { service: string; instance: string; version: string; started_at: string }[];
    jobs: {
        name: string;
        scheduled_for: string;
        started_at: string | null;
        finished_at: string | null;
        instance: string | null;
        error: string | null;
    }[];
    history: {
        times: string[];
        dead_letters: number[];
        stages: { stream: string; group: string; entries_behind: number[]; seconds_behind: number[] }[];
    };
}

export interface DeadLetter {
    id: string;
    stage: string;
    stream: string;
    entry: string;
    reason: string;
    attempts: number;
    buried_at: string;
    event_id?: string;
    workspace?: string;
    provider?: string;
    model?: string;
    occurred_at?: string;
    payload_bytes?: number;
    payload_hex?: string;
}

/** What a stage does, in words. */
export function stageTitle(stage: { stream: string; group: string }): string {
    const titles: Record<string, string> = {
        pricing: "Pricing",
        budget: "Budgets",
        ledger: "Ledger",
        alerts: "Alerts",
    };
    return titles[stage.group] ?? stage.group;
}

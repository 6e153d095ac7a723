import { parseMoney } from "../../lib/money";
import { Tone } from "../../ui/States";

export interface Budget {
    id: string;
    name: string;
    workspace: string;
    scope: { type: string; id: string };
    period: string;
    limit_usd: string;
    effective_limit_usd: string;
    action: "notify" | "block";
    thresholds: number[];
    recipients: string[];
    raise: { limit_usd: string; from: string; until: string } | null;
    state: string;
    period_start: string | null;
    period_end: string | null;
    spent_usd: string | null;
    held_usd: string | null;
    remaining_usd: string | null;
    forecast_usd: string | null;
    crossings: { threshold: number; level_usd: string }[];
    version: number;
    created_at: string;
    created_by: string;
    updated_at: string;
    archived_at: string | null;
    limit_history?: LimitChange[];
}

export interface LimitChange {
    change: string;
    limit_usd: string;
    thresholds: number[];
    raise: Budget["raise"];
    limit_version: number;
    at: string;
    by: string;
}

/** How much of a whole an amount is, for drawing and for percentages. */
export function partOf(amount: string | null, whole: string): number {
    const limit = parseMoney(whole);
    if (amount === null || limit <= 0n) return 0;
    return Number(parseMoney(amount) * 10_000n / limit) / 10_000;
}

/** Whether it is a limit for each value by itself, which then has its own level. */
export function isPerValue(budget: Budget): boolean {
    return budget.state === "per_value";
}

/** How worrying a level is. */
export function toneOf(budget: Budget): Tone {
    const part = partOf(budget.spent_usd, budget.effective_limit_usd);
    if (part >= 1) return "bad";
    const expected = partOf(budget.forecast_usd, budget.effective_limit_usd);
    return part >= 0.8 || expected > 1 ? "warn" : "good";
}

export const scopeTypes = [
    ["workspace", "Workspace"],
    ["team", "Team"],
    ["project", "Project"],
    ["user", "User"],
    ["source_app", "Source app"],
    ["provider", "Provider"],
    ["model", "Model"],
    ["tag", "Tag"],
] as const;

export const periods = [
    ["day", "Day"],
    ["week", "Week"],
    ["month", "Month"],
    ["quarter", "Quarter"],
    ["year", "Fiscal year"],
    ["total", "In total"],
] as const;

/** What a budget is about, in words. */
export function scopeText(budget: Budget): string {
    const title = scopeTypes.find(([name]) => name === budget.scope.type)?.[1] ?? budget.scope.type;
    if (budget.scope.type === "workspace") return `Workspace ${budget.workspace}`;
    const each = /^(?:(.*)=)?\*$/.exec(budget.scope.id);
    if (each) return `Each ${each[1] ? `value of the tag ${each[1]}` : title.toLowerCase()}`;
    return `${title} ${budget.scope.id}`;
}

/** The length of a budget's period, in words. */
export function periodText(budget: Budget): string {
    return budget.period === "total"
        ? "in total"
        : `per ${(periods.find(([name]) => name === budget.period)?.[1] ?? budget.period).toLowerCase()}`;
}

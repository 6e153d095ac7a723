export interface Key {
    id: string;
    name: string;
    prefix: string;
    scopes: string[];
    workspace: string | null;
    source_app: string | null;
    created_at: string;
    created_by: string | null;
    last_used_at: string | null;
    expires_at: string | null;
    revoked_at: string | null;
    rotated_at: string | null;
    grace_until: string | null;
    version?: number;
    /** The key itself: only in the answer that makes it. */
    key?: string;
}

export const scopes = [
    ["record", "Record usage"],
    ["preflight", "Ask preflights"],
    ["upsert", "Upsert users, teams, projects"],
    ["report_cost", "Report own costs"],
    ["read", "Read reports"],
    ["admin", "Everything"],
] as const;

/** Whether a key still works. */
export function isAlive(key: Key, now = Date.now()): boolean {
    return !key.revoked_at && (!key.expires_at || Date.parse(key.expires_at) > now);
}

export interface Grant {
    role: string;
    workspace: string | null;
    team: string | null;
}

export interface Person {
    id: string;
    email: string;
    name: string;
    provider?: string | null;
    disabled_at: string | null;
    last_seen_at?: string | null;
    grants?: Grant[];
    version?: number;
}

export const roles = [
    ["viewer", "Viewer: reads"],
    ["finance", "Finance: budgets, prices, channels, audit log"],
    ["admin", "Admin: everything, but owners"],
    ["owner", "Owner: everything"],
] as const;

/** A grant in words. */
export function grantText(grant: Grant): string {
    const role = grant.role.charAt(0).toUpperCase() + grant.role.slice(1);
    if (!grant.workspace) return `${role} everywhere`;
    return grant.team
        ? `${role} for team ${grant.team} in ${grant.workspace}`
        : `${role} in ${grant.workspace}`;
}

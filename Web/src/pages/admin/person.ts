import { useMayEverywhere, useSession } from "../../lib/session";

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
    users?: { workspace: string; id: string }[];
    version?: number;
}

export const roles = [
    ["viewer", "Viewer: reads"],
    ["finance", "Finance: budgets, prices, channels, audit log"],
    ["admin", "Admin: everything, but owners"],
    ["owner", "Owner: everything"],
] as const;

/** Whose roles somebody may change, and where: everywhere, or in some workspaces. */
export function useGrantPlaces(): (readonly [id: string, name: string])[] {
    const { workspaces } = useSession();
    const everywhere = useMayEverywhere("people");
    const places = workspaces
        .filter((place) => everywhere || place.permissions.includes("people"))
        .map((place) => [place.id, place.name || place.id] as const);
    return everywhere ? [["", "Everywhere"], ...places] : places;
}

/** A new role, in the widest place there is. */
export function newGrant(places: (readonly [id: string, name: string])[]): Grant {
    return { role: "viewer", workspace: places[0]?.[0] || null, team: null };
}

/** A grant in words. */
export function grantText(grant: Grant): string {
    const role = grant.role.charAt(0).toUpperCase() + grant.role.slice(1);
    if (!grant.workspace) return `${role} everywhere`;
    return grant.team
        ? `${role} for team ${grant.team} in ${grant.workspace}`
        : `${role} in ${grant.workspace}`;
}

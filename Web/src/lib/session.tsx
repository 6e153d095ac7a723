import { createContext, ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { get, onSignedOut, ProblemError, send, setCSRFToken } from "./api";
import { forgetAll } from "./data";
import { useLocation } from "./router";
import { isZone } from "./time";
import { Range, readRange } from "./range";

export type Permission =
    | "read"
    | "budgets"
    | "prices"
    | "channels"
    | "directory"
    | "keys"
    | "people"
    | "workspaces"
    | "audit"
    | "operate";

export interface WorkspaceAccess {
    id: string;
    name: string;
    time_zone: string;
    week_start: number;
    currency: string;
    permissions: Permission[];
    teams: string[] | null;
}

export interface Session {
    person: { id: string; name: string; email: string | null };
    grants: { role: string; workspace: string | null; team: string | null }[];
    permissions: Permission[];
    workspaces: WorkspaceAccess[];
    csrf_token: string;
    expires_at: string;
}

/** How far the question of who is there has come. */
export type SessionState =
    | { state: "asking" }
    | { state: "none"; wasSignedIn: boolean }
    | { state: "failed"; error: ProblemError }
    | { state: "here"; session: Session };

const Context = createContext<Session | null>(null);

/** Asks who is signed in, and hears when that ends. */
export function useSessionState(): [SessionState, () => void] {
    const [state, setState] = useState<SessionState>({ state: "asking" });
    const [round, setRound] = useState(0);
    useEffect(() => {
        const control = new AbortController();
        get<Session>("/auth/session", control.signal).then(({ body }) => {
            setCSRFToken(body.csrf_token);
            setState({ state: "here", session: body });
        }, (error) => {
            if (control.signal.aborted) return;
            if (error instanceof ProblemError && error.status === 401) {
                setState({ state: "none", wasSignedIn: false });
            } else setState({ state: "failed", error: error as ProblemError });
        });
        return () => control.abort();
    }, [round]);
    useEffect(() =>
        onSignedOut(() => {
            setCSRFToken(null);
            forgetAll();
            setState({ state: "none", wasSignedIn: true });
        }), []);
    return [state, () => setRound((number) => number + 1)];
}

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
    return <Context.Provider value={session}>{children}</Context.Provider>;
}

/** Who is signed in. */
export function useSession(): Session {
    const session = useContext(Context);
    if (!session) throw new Error("nobody is signed in");
    return session;
}

const rolePermissions: Record<string, Permission[]> = {
    viewer: ["read"],
    finance: ["read", "budgets", "prices", "channels", "audit"],
};

/** Whether somebody may do something in the whole installation: what all workspaces share needs that. */
function mayEverywhere(session: Session, permission: Permission): boolean {
    return session.grants.some((grant) =>
        grant.workspace === null && (rolePermissions[grant.role]?.includes(permission) ?? true)
    );
}

/** Whether the person may do something in the whole installation. */
export function useMayEverywhere(permission: Permission): boolean {
    return mayEverywhere(useSession(), permission);
}

/** Whether the person may do something here: in the workspace that is picked, or in any when none is. */
export function useMay(): (permission: Permission, workspace?: string | null) => boolean {
    const session = useSession();
    const picked = useLocation().query.get("workspace");
    return (permission, workspace = picked) => {
        if (mayEverywhere(session, permission)) return true;
        const places = session.workspaces.filter((place) => !workspace || place.id === workspace);
        return places.some((place) => place.permissions.includes(permission));
    };
}

/** What the pickers say: everything that reports are asked for. */
export interface View {
    /** The workspace, or all that the person may see. */
    workspace: WorkspaceAccess | null;
    zone: string;
    range: Range;
    query: URLSearchParams;
}

/** The view that the address names. */
export function useView(): View {
    const session = useSession();
    const { query } = useLocation();
    return useMemo(() => {
        const named = session.workspaces.find((place) => place.id === query.get("workspace"));
        const workspace = named ?? (session.workspaces.length === 1 ? session.workspaces[0] ?? null : null);
        const wanted = query.get("time_zone");
        const zone = wanted && isZone(wanted) ? wanted : workspace?.time_zone ?? "UTC";
        return { workspace, zone, range: readRange(query, zone), query };
    }, [session, query]);
}

/** Ends the session, here or on all devices. */
export async function signOut(everywhere: boolean) {
    await send("POST", "/auth/sign-out", { everywhere });
    setCSRFToken(null);
    forgetAll();
    location.assign("/sign-in");
}

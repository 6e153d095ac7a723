/** What the directory keeps; all have a version, for If-Match. */
export interface Workspace {
    id: string;
    name: string;
    time_zone: string;
    week_start: number;
    fiscal_year_start: number;
    currency: string;
    fail_mode: string;
    unpriced_mode: string;
    retention_months: number | null;
    created_at: string;
    archived_at: string | null;
    version: number;
}

export interface Team {
    id: string;
    workspace: string;
    name: string | null;
    archived_at: string | null;
    version: number;
}

export interface Project extends Team {
    team: string | null;
}

export interface User extends Team {
    email: string | null;
    team: string | null;
    created_at?: string;
    person_id?: string | null;
}

/** A user in a team, with what people call them. */
export interface Membership {
    workspace: string;
    workspace_name: string;
    team: string;
    team_name: string | null;
    user: string;
    user_name: string | null;
    user_email: string | null;
    role: "member" | "lead";
    created_at: string;
}

/** What a user can be in a team. */
export const parts = [["member", "Member"], ["lead", "Lead"]] as const;

/** One of the three kinds that a workspace has. */
export type Kind = "teams" | "projects" | "users";

export const kindTitles: Record<Kind, [one: string, many: string]> = {
    teams: ["team", "Teams"],
    projects: ["project", "Projects"],
    users: ["user", "Users"],
};

/** What a preflight says of a model without a price, under a budget that blocks. */
export const unpricedModes = [["allow", "Allow"], ["deny", "Refuse"], ["estimate", "Estimate"]] as const;

/** The first is number 1. */
export const weekDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** The first is number 1. */
export const months = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/** The version of an object as its ETag. */
export function etagOf(object: { version: number }): string {
    return `"${object.version}"`;
}

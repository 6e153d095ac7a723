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

/** One of the three kinds that a workspace has. */
export type Kind = "teams" | "projects" | "users";

export const kindTitles: Record<Kind, [one: string, many: string]> = {
    teams: ["team", "Teams"],
    projects: ["project", "Projects"],
    users: ["user", "Users"],
};

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

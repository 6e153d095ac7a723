/** A field that the server refused, with the reason. */
export interface FieldFault {
    name: string;
    code: string;
    detail: string;
}

/** What went wrong, as the server says (RFC 9457), or as the network does. */
export class ProblemError extends Error {
    readonly status: number;
    readonly type: string;
    readonly detail: string | undefined;
    readonly requestID: string | undefined;
    readonly faults: FieldFault[];

    constructor(status: number, body: Record<string, unknown>) {
        super(typeof body["title"] === "string" ? body["title"] : `The server answered ${status}`);
        this.status = status;
        this.type = typeof body["type"] === "string" ? body["type"] : "about:blank";
        this.detail = typeof body["detail"] === "string" ? body["detail"] : undefined;
        this.requestID = typeof body["request_id"] === "string" ? body["request_id"] : undefined;
        this.faults = Array.isArray(body["invalid_parameters"])
            ? body["invalid_parameters"] as FieldFault[]
            : [];
    }

    /** Whether the same request may go well in a moment. */
    get isPassing(): boolean {
        return this.status === 0 || this.status === 503 || this.status === 429;
    }
}

/** An answer with the version of what it shows. */
export interface Answer<Body> {
    body: Body;
    etag: string | null;
}

let csrfToken: string | null = null;
const signedOut = new Set<() => void>();

/** Sets what each change must carry, so that no other site can make it. */
export function setCSRFToken(token: string | null) {
    csrfToken = token;
}

/** Calls back when the server says that the session is over. */
export function onSignedOut(callback: () => void): () => void {
    signedOut.add(callback);
    return () => signedOut.delete(callback);
}

async function problem(response: Response): Promise<ProblemError> {
    let body: Record<string, unknown> = {};
    try {
        body = await response.json();
    } catch {
        // A proxy's page instead of a problem: the status says enough.
    }
    return new ProblemError(response.status, body);
}

async function request<Body>(path: string, init: RequestInit): Promise<Answer<Body>> {
    let response: Response;
    try {
        response = await fetch(path, { credentials: "same-origin", redirect: "error", ...init });
    } catch (error) {
        if (init.signal?.aborted) throw error;
        throw new ProblemError(0, {
            title: "Oliver cannot be reached",
            detail: "The connection failed. What is shown may be old.",
        });
    }
    if (!response.ok) {
        const error = await problem(response);
        if (error.status === 401 && !path.startsWith("/auth/")) signedOut.forEach((callback) => callback());
        throw error;
    }
    const body = response.status === 204 || response.status === 205 ? undefined : await response.json();
    return { body: body as Body, etag: response.headers.get("etag") };
}

/** Reads. */
export function get<Body>(path: string, signal?: AbortSignal): Promise<Answer<Body>> {
    return request(path, { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) });
}

/** Changes something. `etag` is the version that the change is meant for. */
export async function send<Body>(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    etag?: string | null,
): Promise<Body> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    if (csrfToken) headers["x-csrf-token"] = csrfToken;
    if (etag) headers["if-match"] = etag;
    const answer = await request<Body>(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.body;
}

/** A path with a query; absent and empty values are left out. Spaces are %20: the server takes a plus for a plus. */
export function address(
    path: string,
    query: Record<string, string | number | string[] | null | undefined>,
): string {
    const parts: string[] = [];
    for (const [name, value] of Object.entries(query)) {
        if (value === null || value === undefined || value === "") continue;
        for (const item of Array.isArray(value) ? value : [String(value)]) {
            parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(item)}`);
        }
    }
    return parts.length ? `${path}?${parts.join("&")}` : path;
}

import { useCallback, useEffect, useRef, useState } from "react";
import { get, ProblemError } from "./api";

/** What is known of something that the server has. */
export interface Data<Body> {
    /** What was last read; may be that of an earlier request while the next one is under way. */
    body: Body | undefined;
    etag: string | null;
    error: ProblemError | undefined;
    isLoading: boolean;
    /** Reads anew. */
    reload: () => void;
}

interface Copy {
    body: unknown;
    etag: string | null;
}

const copies = new Map<string, Copy>();
const copyLimit = 200;
const readers = new Map<string, Set<() => void>>();

function keep(path: string, copy: Copy) {
    copies.delete(path);
    copies.set(path, copy);
    const oldest = copies.keys().next();
    if (copies.size > copyLimit && !oldest.done) copies.delete(oldest.value);
}

/** Forgets all copies of paths that begin so, and has those read anew that are on the screen. */
export function forget(...prefixes: string[]) {
    const isStale = (path: string) => prefixes.some((prefix) => path.startsWith(prefix));
    for (const path of [...copies.keys()]) if (isStale(path)) copies.delete(path);
    for (const [path, reloads] of readers) if (isStale(path)) reloads.forEach((reload) => reload());
}

/** Forgets everything: another person has signed in, or nobody. */
export function forgetAll() {
    copies.clear();
}

interface State {
    path: string | null;
    copy: Copy | undefined;
    error: ProblemError | undefined;
}

interface Options {
    /** Seconds after which it is read again, while the page can be seen. */
    every?: number;
    /** Keep showing what another path gave until this one's answer is there. */
    keep?: boolean;
}

/**
 * Reads a path, again whenever it changes; nothing for null. A request that is no longer wanted is given up. What was
 * read before is shown at once and read anew behind it.
 */
export function useData<Body>(path: string | null, options: Options = {}): Data<Body> {
    const [state, setState] = useState<State>({ path: null, copy: undefined, error: undefined });
    const [round, setRound] = useState(0);
    const reload = useCallback(() => setRound((number) => number + 1), []);
    const latest = useRef(state);
    latest.current = state;

    useEffect(() => {
        if (path === null) return;
        const control = new AbortController();
        get<Body>(path, control.signal).then(
            (answer) => {
                keep(path, answer);
                setState({ path, copy: answer, error: undefined });
            },
            (error: unknown) => {
                if (control.signal.aborted) return;
                const problem = error instanceof ProblemError
                    ? error
                    : new ProblemError(0, { title: String(error) });
                const copy = latest.current.path === path ? latest.current.copy : copies.get(path);
                setState({ path, copy, error: problem });
            },
        );
        return () => control.abort();
    }, [path, round]);

    useEffect(() => {
        if (path === null) return;
        const reloads = readers.get(path) ?? new Set();
        readers.set(path, reloads.add(reload));
        return () => {
            reloads.delete(reload);
            if (!reloads.size) readers.delete(path);
        };
    }, [path, reload]);

    useEffect(() => {
        if (path === null || !options.every) return;
        const timer = setInterval(() => document.hidden || reload(), options.every * 1000);
        const onVisible = () => document.hidden || reload();
        document.addEventListener("visibilitychange", onVisible);
        return () => {
            clearInterval(timer);
            document.removeEventListener("visibilitychange", onVisible);
        };
    }, [path, options.every, reload]);

    const isCurrent = state.path === path;
    const copy = isCurrent
        ? state.copy
        : path === null
        ? undefined
        : copies.get(path) ?? (options.keep ? state.copy : undefined);
    return {
        body: copy?.body as Body | undefined,
        etag: copy?.etag ?? null,
        error: isCurrent ? state.error : undefined,
        isLoading: path !== null && !isCurrent,
        reload,
    };
}

/** One page of a list. */
export interface Page<Item> {
    items: Item[];
    next: string | null;
}

/** A list that grows by pages. */
export interface List<Item> {
    items: Item[] | undefined;
    error: ProblemError | undefined;
    isLoading: boolean;
    hasMore: boolean;
    more: () => void;
    reload: () => void;
}

/** Reads a list page by page; each further page when `more` is called. */
export function useList<Item>(path: string | null): List<Item> {
    const first = useData<Page<Item>>(path);
    const [rest, setRest] = useState<{ path: string | null; head: unknown; pages: Page<Item>[] }>({
        path: null,
        head: null,
        pages: [],
    });
    const [error, setError] = useState<ProblemError>();
    const [isBusy, setBusy] = useState(false);
    const pages = rest.path === path && rest.head === first.body ? rest.pages : [];
    const last = pages[pages.length - 1] ?? first.body;

    const more = async () => {
        if (!path || !last?.next || isBusy) return;
        setBusy(true);
        setError(undefined);
        try {
            const next = await get<Page<Item>>(
                `${path}${path.includes("?") ? "&" : "?"}after=${encodeURIComponent(last.next)}`,
            );
            setRest({ path, head: first.body, pages: [...pages, next.body] });
        } catch (problem) {
            setError(problem as ProblemError);
        } finally {
            setBusy(false);
        }
    };
    return {
        items: first.body && [first.body, ...pages].flatMap((page) => page.items),
        error: first.error ?? error,
        isLoading: first.isLoading || isBusy,
        hasMore: Boolean(last?.next),
        more,
        reload: first.reload,
    };
}

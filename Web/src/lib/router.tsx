import { AnchorHTMLAttributes, MouseEvent, ReactNode, useMemo, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();

function tell() {
    listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    addEventListener("popstate", listener);
    return () => {
        listeners.delete(listener);
        removeEventListener("popstate", listener);
    };
}

const here = () => location.pathname + location.search;

/** Goes to an address of this app. */
export function navigate(to: string, options: { replace?: boolean } = {}) {
    if (to === here()) return;
    history[options.replace ? "replaceState" : "pushState"](null, "", to);
    if (!options.replace && to.split("?")[0] !== location.pathname) scrollTo(0, 0);
    tell();
}

/** The present path and query. */
export function useLocation(): { path: string; query: URLSearchParams } {
    const text = useSyncExternalStore(subscribe, here);
    return useMemo(() => {
        const url = new URL(text, "http://oliver");
        return { path: url.pathname, query: url.searchParams };
    }, [text]);
}

/** What goes along from page to page. */
const lasting = ["workspace", "range", "from", "to", "time_zone"];

/** An address with those parts of the query that all pages share. */
export function keeping(to: string, query: URLSearchParams): string {
    const [path = "", own = ""] = to.split("?");
    const parameters = new URLSearchParams(own);
    for (const name of lasting) {
        if (parameters.has(name) || (name !== "workspace" && name !== "time_zone" && hasRange(parameters))) {
            continue;
        }
        const value = query.get(name);
        if (value) parameters.set(name, value);
    }
    const text = parameters.toString();
    return text ? `${path}?${text}` : path;
}

function hasRange(query: URLSearchParams): boolean {
    return query.has("range") || query.has("from");
}

/** Changes parts of the query; null takes a part away. */
export function withQuery(changes: Record<string, string | string[] | null>): string {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
        query.delete(name);
        for (const item of Array.isArray(value) ? value : value === null ? [] : [value]) {
            query.append(name, item);
        }
    }
    const text = query.toString();
    return location.pathname + (text ? `?${text}` : "");
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
    to: string;
    children: ReactNode;
}

/** A link within the app; the pickers' choices go along. */
export function Link({ to, onClick, ...rest }: LinkProps) {
    const { query } = useLocation();
    const href = keeping(to, query);
    const follow = (event: MouseEvent<HTMLAnchorElement>) => {
        onClick?.(event);
        if (
            event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey
        ) return;
        event.preventDefault();
        navigate(href);
    };
    return <a {...rest} href={href} onClick={follow} />;
}

/** The values of a pattern's parts in a path, `/budgets/:id`; null when it does not match. */
export function match(pattern: string, path: string): Record<string, string> | null {
    const wanted = pattern.split("/");
    const given = path.split("/");
    if (wanted.length !== given.length) return null;
    const values: Record<string, string> = {};
    for (const [index, part] of wanted.entries()) {
        const text = given[index] ?? "";
        if (part.startsWith(":")) {
            const value = decode(text);
            if (!value) return null;
            values[part.slice(1)] = value;
        } else if (part !== text) return null;
    }
    return values;
}

function decode(text: string): string | null {
    try {
        return decodeURIComponent(text);
    } catch {
        return null;
    }
}

import { ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "../lib/router";

interface PageProps {
    title: string;
    /** What the page is about, in a sentence. */
    lead?: ReactNode;
    actions?: ReactNode;
    children: ReactNode;
}

/** A page: its heading, what can be done, and what it shows. */
export function Page({ title, lead, actions, children }: PageProps) {
    useEffect(() => {
        document.title = `${title} · Oliver`;
    }, [title]);
    return (
        <div className="page">
            <header className="page-head">
                <div>
                    <h1>{title}</h1>
                    {lead && <p className="lead">{lead}</p>}
                </div>
                {actions && <div className="actions">{actions}</div>}
            </header>
            {children}
        </div>
    );
}

interface CardProps {
    title?: ReactNode;
    note?: ReactNode;
    actions?: ReactNode;
    className?: string;
    children: ReactNode;
}

export function Card({ title, note, actions, className = "", children }: CardProps) {
    return (
        <section className={`card ${className}`}>
            {(title || actions) && (
                <header>
                    <div>
                        {title && <h2>{title}</h2>}
                        {note && <p className="muted small">{note}</p>}
                    </div>
                    {actions && <div className="actions">{actions}</div>}
                </header>
            )}
            {children}
        </section>
    );
}

/** Pages that belong together. */
export function Tabs(
    { label, tabs }: { label: string; tabs: (readonly [path: string, text: ReactNode] | false)[] },
) {
    const { path } = useLocation();
    const nav = useRef<HTMLElement>(null);
    useEffect(() => {
        // On a phone not all tabs fit: the present one is never out of sight.
        const tab = nav.current?.querySelector<HTMLElement>("[aria-current]");
        if (nav.current && tab) nav.current.scrollLeft = tab.offsetLeft - nav.current.clientWidth / 2;
    }, [path]);
    return (
        <nav className="tabs" aria-label={label} ref={nav}>
            {tabs.map((tab) =>
                tab && (
                    <Link
                        key={tab[0]}
                        to={tab[0]}
                        aria-current={path === tab[0].split("?")[0] ? "page" : undefined}
                    >
                        {tab[1]}
                    </Link>
                )
            )}
        </nav>
    );
}

/** Names and values; those without a value are left out. */
export function Facts({ facts }: { facts: Record<string, ReactNode> }) {
    return (
        <dl className="facts">
            {Object.entries(facts).map(([name, value]) =>
                value !== undefined && value !== null && value !== false && value !== "" && (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd>{value}</dd>
                    </div>
                )
            )}
        </dl>
    );
}

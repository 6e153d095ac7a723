import { ReactNode, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "../lib/router";
import { Permission, signOut, useMay, useSession } from "../lib/session";
import { Button, IconButton } from "../ui/Button";
import { Icon, IconName } from "../ui/Icon";
import { toast } from "../ui/Toast";
import { Brand } from "./Brand";
import { RangePicker, WorkspacePicker, ZonePicker } from "./Pickers";
import { isDark, savedTheme, setTheme, Theme } from "./theme";

type Item = [path: string, text: string, icon: IconName, needs: Permission];

const groups: [title: string, items: Item[]][] = [
    ["Spend", [
        ["/", "Dashboard", "dashboard", "read"],
        ["/explore", "Explore", "explore", "read"],
        ["/insights", "Insights", "insights", "read"],
        ["/usage", "Usage events", "usage", "read"],
        ["/budgets", "Budgets", "budgets", "read"],
        ["/alerts", "Alerts", "alerts", "read"],
        ["/prices", "Prices", "prices", "read"],
    ]],
    ["Administration", [
        ["/directory", "Directory", "directory", "directory"],
        ["/keys", "API keys", "keys", "keys"],
        ["/people", "People", "people", "people"],
        ["/audit", "Audit log", "audit", "audit"],
        ["/operations", "Operations", "operations", "operate"],
        ["/start", "Get started", "start", "keys"],
    ]],
];

/** The frame around every page. */
export function Shell({ children }: { children: ReactNode }) {
    const { path } = useLocation();
    const [isOpen, setOpen] = useState(false);
    const main = useRef<HTMLElement>(null);
    const lastPath = useRef(path);
    useEffect(() => {
        setOpen(false);
        // Whoever reads by ear hears where they have come to.
        if (lastPath.current !== path) main.current?.focus();
        lastPath.current = path;
    }, [path]);
    useEffect(() => {
        if (!isOpen) return;
        const close = (event: KeyboardEvent) => event.key === "Escape" && setOpen(false);
        addEventListener("keydown", close);
        return () => removeEventListener("keydown", close);
    }, [isOpen]);
    return (
        <div className="shell">
            <a className="skip" href="#main">Skip to the page</a>
            <Side path={path} isOpen={isOpen} />
            {isOpen && (
                <button
                    type="button"
                    className="veil"
                    aria-label="Close the menu"
                    onClick={() => setOpen(false)}
                />
            )}
            <div>
                <header className="top">
                    <IconButton
                        icon="menu"
                        label="Menu"
                        className="menu-button"
                        aria-expanded={isOpen}
                        onClick={() => setOpen(!isOpen)}
                    />
                    <WorkspacePicker />
                    <RangePicker />
                    <ZonePicker />
                </header>
                <main id="main" className="content" ref={main} tabIndex={-1}>{children}</main>
            </div>
        </div>
    );
}

function Side({ path, isOpen }: { path: string; isOpen: boolean }) {
    const may = useMay();
    const isHere = (to: string) => to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`);
    return (
        <nav className={isOpen ? "side is-open" : "side"} aria-label="Main">
            <Link to="/" className="brand">
                <Brand />
            </Link>
            {groups.map(([title, items]) => {
                const allowed = items.filter(([, , , needs]) => may(needs));
                return allowed.length > 0 && (
                    <div key={title}>
                        <h2>{title}</h2>
                        <ul>
                            {allowed.map(([to, text, icon]) => (
                                <li key={to}>
                                    <Link
                                        to={to}
                                        className="item"
                                        aria-current={isHere(to) ? "page" : undefined}
                                    >
                                        <Icon name={icon} />
                                        {text}
                                    </Link>
                                </li>
                            ))}
                        </ul>
                    </div>
                );
            })}
            <Account />
        </nav>
    );
}

function Account() {
    const { person } = useSession();
    const [theme, choose] = useState<Theme>(savedTheme());
    const flip = () => {
        const next = isDark() ? "light" : "dark";
        setTheme(next);
        choose(next);
    };
    const leave = (everywhere: boolean) =>
        signOut(everywhere).catch((error) => toast(`Signing out failed: ${error.message}`));
    return (
        <div className="side-foot" data-theme-choice={theme}>
            <div className="who">
                <div>
                    <strong>{person.name || person.email}</strong>
                    <span className="muted small">{person.email}</span>
                </div>
                <IconButton
                    icon={isDark() ? "sun" : "moon"}
                    label={isDark() ? "Light colours" : "Dark colours"}
                    onClick={flip}
                />
            </div>
            <div className="side-actions">
                <Button kind="quiet" onClick={() => leave(false)}>Sign out</Button>
                <Button
                    kind="quiet"
                    title="Ends all your sessions, also on other devices"
                    onClick={() => leave(true)}
                >
                    Everywhere
                </Button>
            </div>
        </div>
    );
}

import { KeyboardEvent, ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { Icon, IconName } from "./Icon";

interface PickerProps {
    label: string;
    text: string;
    icon?: IconName;
    children: (close: () => void) => ReactNode;
}

/** A button that opens a small window below itself; Escape and a click elsewhere close it. */
export function Picker({ label, text, icon, children }: PickerProps) {
    const [isOpen, setOpen] = useState(false);
    const root = useRef<HTMLDivElement>(null);
    const button = useRef<HTMLButtonElement>(null);
    const popup = useRef<HTMLDivElement>(null);
    useLayoutEffect(() => {
        const box = popup.current;
        if (!box) return;
        // It stays on the screen, wherever its button is; set at once, as what gets the focus is scrolled to.
        const beyond = box.getBoundingClientRect().right + 8 - document.documentElement.clientWidth;
        if (beyond > 0) box.style.marginLeft = `${-beyond}px`;
    }, [isOpen]);
    const close = () => {
        setOpen(false);
        button.current?.focus();
    };
    useEffect(() => {
        if (!isOpen) return;
        const leave = (event: Event) => {
            if (!root.current?.contains(event.target as Node)) setOpen(false);
        };
        document.addEventListener("pointerdown", leave);
        document.addEventListener("focusin", leave);
        return () => {
            document.removeEventListener("pointerdown", leave);
            document.removeEventListener("focusin", leave);
        };
    }, [isOpen]);
    const onKeyDown = (event: KeyboardEvent) => {
        if (event.key === "Escape" && isOpen) {
            event.stopPropagation();
            close();
        }
    };
    return (
        <div className="picker" data-label={label} ref={root} onKeyDown={onKeyDown}>
            <button
                ref={button}
                type="button"
                aria-haspopup="dialog"
                aria-expanded={isOpen}
                aria-label={`${label}: ${text}`}
                onClick={() => setOpen(!isOpen)}
            >
                {icon && <Icon name={icon} size={16} />}
                <span>{text}</span>
                <Icon name="down" size={14} />
            </button>
            {isOpen && (
                <div className="popup" ref={popup} role="dialog" aria-label={label}>
                    {children(close)}
                </div>
            )}
        </div>
    );
}

export interface Choice {
    value: string;
    text: string;
    note?: string;
}

interface ChoicesProps {
    label: string;
    choices: Choice[];
    value: string | null;
    onChoose: (value: string) => void;
    /** Offers a field to search in. */
    isSearched?: boolean;
}

const shownLimit = 200;

/** A list to choose from, by arrows and Enter too. */
export function Choices({ label, choices, value, onChoose, isSearched }: ChoicesProps) {
    const [search, setSearch] = useState("");
    const wanted = search.trim().toLowerCase();
    const found =
        (wanted
            ? choices.filter((choice) => `${choice.text} ${choice.value}`.toLowerCase().includes(wanted))
            : choices).slice(0, shownLimit);
    const [active, setActive] = useState(() =>
        Math.max(0, choices.findIndex((choice) => choice.value === value))
    );
    const id = useId();
    const list = useRef<HTMLDivElement>(null);
    const place = Math.min(active, found.length - 1);
    useEffect(() => {
        const box = list.current;
        (box?.querySelector("input") ?? box?.querySelector<HTMLElement>("[role=listbox]"))?.focus();
    }, []);
    useEffect(() => {
        list.current?.querySelector(".active")?.scrollIntoView({ block: "nearest" });
    }, [place]);
    const onKeyDown = (event: KeyboardEvent) => {
        const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
        if (step) setActive(Math.max(0, Math.min(found.length - 1, place + step)));
        else if (event.key === "Home" && !isSearched) setActive(0);
        else if (event.key === "End" && !isSearched) setActive(found.length - 1);
        else if (event.key === "Enter") {
            const choice = found[place];
            if (choice) onChoose(choice.value);
        } else return;
        event.preventDefault();
    };
    const current = found[place] ? `${id}-${place}` : undefined;
    return (
        <div ref={list} onKeyDown={onKeyDown}>
            {isSearched && (
                <input
                    type="search"
                    role="combobox"
                    aria-label={`Search: ${label}`}
                    aria-expanded="true"
                    aria-controls={id}
                    aria-activedescendant={current}
                    placeholder="Search"
                    value={search}
                    onChange={(event) => {
                        setSearch(event.target.value);
                        setActive(0);
                    }}
                />
            )}
            <div
                id={id}
                role="listbox"
                aria-label={label}
                tabIndex={isSearched ? -1 : 0}
                aria-activedescendant={isSearched ? undefined : current}
            >
                {found.map((choice, index) => (
                    <div
                        key={choice.value}
                        id={`${id}-${index}`}
                        role="option"
                        aria-selected={choice.value === value}
                        className={index === place ? "active" : undefined}
                        onPointerMove={() => setActive(index)}
                        onClick={() => onChoose(choice.value)}
                    >
                        <span className="wrap-anywhere">{choice.text}</span>
                        {choice.note
                            ? <span className="muted small">{choice.note}</span>
                            : choice.value === value && <Icon name="check" size={14} />}
                    </div>
                ))}
            </div>
            {!found.length && <p className="muted small" style={{ padding: "6px 10px" }}>Nothing found.</p>}
        </div>
    );
}

const paths = {
    dashboard: "M3 3h6v8H3zM11 3h6v4h-6zM11 9h6v8h-6zM3 13h6v4H3z",
    explore: "M3 3h14v14H3zM3 8h14M8 3v14",
    insights: "M3 14l4.5-5 3.5 3 6-7M13 5h4v4M3 17h14",
    usage: "M4 5h12M4 10h12M4 15h8",
    budgets: "M10 3a7 7 0 1 0 7 7h-7zM13 3.7A7 7 0 0 1 16.3 7H13z",
    alerts:
        "M10 3a4.5 4.5 0 0 0-4.5 4.5c0 4-1.5 5-1.5 6h12c0-1-1.5-2-1.5-6A4.5 4.5 0 0 0 10 3zM8.3 16a1.8 1.8 0 0 0 3.4 0",
    prices: "M3 9.5V4a1 1 0 0 1 1-1h5.5L17 10.5 10.5 17zM6.5 6.5h.01",
    directory:
        "M4 17v-1.5A3.5 3.5 0 0 1 7.5 12h2a3.5 3.5 0 0 1 3.5 3.5V17M8.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM13 4.3a2.75 2.75 0 0 1 0 5M14.5 12.3a3.5 3.5 0 0 1 2.5 3.3V17",
    keys: "M12.5 10.5a4 4 0 1 0-3.4-1.9L3 14.7V17h3v-2h2v-2h2l1-1.7",
    people: "M10 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17a6 6 0 0 1 12 0",
    audit: "M5 3h7l3 3v11H5zM8 9h4M8 12h4",
    operations: "M3 11h3l2-6 4 10 2-4h3",
    start: "M5 15c-1 1-2 2-2 2s1-3 2-4M8 12l-2-2c1-4 5-7 10-7 0 5-3 9-7 10zM12 8h.01",
    menu: "M3 5h14M3 10h14M3 15h14",
    close: "M5 5l10 10M15 5L5 15",
    down: "M5 8l5 5 5-5",
    up: "M5 12l5-5 5 5",
    left: "M12 5l-5 5 5 5",
    right: "M8 5l5 5-5 5",
    plus: "M10 4v12M4 10h12",
    copy: "M7 7h10v10H7zM13 7V3H3v10h4",
    check: "M4 10.5l4 4 8-9",
    warning: "M10 3l8 14H2zM10 8.5v4M10 14.8h.01",
    search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17 17",
    sun: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M4.3 15.7l1.4-1.4M14.3 5.7l1.4-1.4",
    moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
    download: "M10 3v10M6 9l4 4 4-4M4 17h12",
    link:
        "M8.5 11.5a3 3 0 0 0 4.2 0l2.8-2.8a3 3 0 0 0-4.2-4.2l-1 1M11.5 8.5a3 3 0 0 0-4.2 0l-2.8 2.8a3 3 0 0 0 4.2 4.2l1-1",
    calendar: "M3 5h14v12H3zM3 9h14M7 3v4M13 3v4",
    globe:
        "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM3 10h14M10 3c2 2 3 4.5 3 7s-1 5-3 7c-2-2-3-4.5-3-7s1-5 3-7z",
    building: "M4 17V4h8v13M12 8h4v9M2.5 17h15M6.5 7h3M6.5 10h3M6.5 13h3",
    refresh: "M16 10a6 6 0 1 1-1.8-4.3M16 3v4h-4",
} as const;

export type IconName = keyof typeof paths;

/** A line drawing beside a text that says the same, so that readers of the page need not hear it. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
    return (
        <svg
            className="icon"
            width={size}
            height={size}
            viewBox="0 0 20 20"
            aria-hidden="true"
            focusable="false"
        >
            <path d={paths[name]} />
        </svg>
    );
}

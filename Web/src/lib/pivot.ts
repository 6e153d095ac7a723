import { chartNumber, Money, parseMoney } from "./money";

/** Money is a decimal string, anything else a number; where nothing happened there is nothing. */
export type Figure = string | number | null;

/** A pivot as the server answers it. */
export interface Pivot {
    rows: (string | null)[][];
    columns: (string | null)[][];
    cells: Figure[][];
    row_totals: Figure[];
    column_totals: Figure[];
    total: Figure;
    other_row: { cells: Figure[]; total: Figure } | null;
    other_column: { cells: Figure[]; total: Figure } | null;
    other_cell: Figure;
}

/** What a pivot is asked for, as the address says it. */
export interface Setup {
    rows: string[];
    columns: string[];
    measure: string;
    rowLimit: number;
    columnLimit: number;
}

/** Dimensions of one side at most. */
export const sideLimit = 3;

const defaults = { rows: ["team"], columns: ["model"], measure: "cost_usd", rowLimit: 50, columnLimit: 12 };

function names(text: string | null, fallback: string[], taken: string[]): string[] {
    if (text === null) return fallback.filter((name) => !taken.includes(name));
    const wanted = text.split(",").filter((name) => name !== "" && !taken.includes(name));
    return [...new Set(wanted)].slice(0, sideLimit);
}

function limit(text: string | null, fallback: number, most: number): number {
    const number = Number(text);
    return text !== null && Number.isInteger(number) && number >= 1 ? Math.min(number, most) : fallback;
}

/** Reads the setup of an address; what makes no sense is left out. */
export function readSetup(query: URLSearchParams): Setup {
    const rows = names(query.get("rows"), defaults.rows, []);
    const columns = names(
        query.get("columns"),
        rows.length && query.has("rows") ? [] : defaults.columns,
        rows,
    );
    return {
        rows: rows.length || columns.length ? rows : defaults.rows,
        columns,
        measure: query.get("measure") || defaults.measure,
        rowLimit: limit(query.get("top"), defaults.rowLimit, 10_000),
        columnLimit: limit(query.get("top_columns"), defaults.columnLimit, 200),
    };
}

/** The changes of the query that a setup needs. */
export function setupQuery(setup: Setup): Record<string, string | null> {
    return {
        rows: setup.rows.join(","),
        columns: setup.columns.join(","),
        measure: setup.measure === defaults.measure ? null : setup.measure,
        top: setup.rowLimit === defaults.rowLimit ? null : String(setup.rowLimit),
        top_columns: setup.columnLimit === defaults.columnLimit ? null : String(setup.columnLimit),
    };
}

/** A list with one of its items moved. */
export function moved<Item>(list: Item[], from: number, to: number): Item[] {
    if (to < 0 || to >= list.length || from === to) return list;
    const rest = list.filter((_, index) => index !== from);
    const item = list[from];
    return item === undefined ? list : [...rest.slice(0, to), item, ...rest.slice(to)];
}

/** A length for bars and heat. */
export function size(figure: Figure): number {
    if (figure === null) return 0;
    return typeof figure === "number" ? figure : chartNumber(parseMoney(figure));
}

function order(a: Figure, b: Figure): number {
    if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
    if (typeof a === "string" && typeof b === "string") {
        const difference: Money = parseMoney(a) - parseMoney(b);
        return difference < 0n ? -1 : difference > 0n ? 1 : 0;
    }
    return Number(a) - Number(b);
}

/** What rows are sorted by: a column's place, the totals, or a part of their names. */
export interface Sort {
    by: number | "total" | `name${number}`;
    isDescending: boolean;
}

/** The places of rows in the order that is wanted; rows that are equal keep the server's order. */
export function sortedRows(pivot: Pivot, sort: Sort): number[] {
    const places = pivot.rows.map((_, place) => place);
    const direction = sort.isDescending ? -1 : 1;
    const { by } = sort;
    if (typeof by === "string" && by.startsWith("name")) {
        const part = Number(by.slice(4));
        const text = (place: number) => pivot.rows[place]?.[part] ?? "";
        return places.sort((a, b) =>
            direction * text(a).localeCompare(text(b), undefined, { numeric: true })
        );
    }
    const figure = (place: number): Figure =>
        (typeof by === "number" ? pivot.cells[place]?.[by] : pivot.row_totals[place]) ?? null;
    return places.sort((a, b) => direction * order(figure(a), figure(b)));
}

/** The largest cell, which is the hottest. */
export function hottest(pivot: Pivot): number {
    let most = 0;
    for (const row of pivot.cells) {
        for (const cell of row) if (cell !== null) most = Math.max(most, size(cell));
    }
    return most;
}

/** Adds figures of one kind. */
export function sum(figures: Figure[]): Figure {
    const present = figures.filter((figure): figure is string | number => figure !== null);
    if (!present.length) return null;
    if (present.every((figure): figure is number => typeof figure === "number")) {
        return present.reduce((a, b) => a + b, 0);
    }
    const total = present.reduce<Money>((all, figure) => all + parseMoney(String(figure)), 0n);
    const sign = total < 0n ? "-" : "";
    const text = (total < 0n ? -total : total).toString().padStart(13, "0");
    return `${sign}${text.slice(0, -12)}.${text.slice(-12)}`;
}

/** A field of a CSV file; no program takes it for a formula. */
function csvField(value: string): string {
    const safe = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** The whole pivot as a CSV file, with exact amounts. */
export function pivotCSV(pivot: Pivot, setup: Setup, title: (name: string) => string): string {
    const other = pivot.other_column;
    const head = [
        ...setup.rows.map(title),
        ...pivot.columns.map((names) =>
            names.map((name) => name ?? "(none)").join(" / ") || title(setup.measure)
        ),
        ...(other ? ["All others"] : []),
        "Total",
    ];
    const line = (label: string[], cells: Figure[], rest: Figure | undefined, total: Figure) =>
        [...label, ...cells, ...(other ? [rest ?? null] : []), total].map((value) =>
            csvField(value === null ? "" : String(value))
        );
    const named = (first: string) => setup.rows.map((_, index) => index === 0 ? first : "");
    const lines = pivot.rows.map((names, place) =>
        line(
            names.map((name) => name ?? "(none)"),
            pivot.cells[place] ?? [],
            other?.cells[place],
            pivot.row_totals[place] ?? null,
        )
    );
    if (pivot.other_row) {
        lines.push(line(named("All others"), pivot.other_row.cells, pivot.other_cell, pivot.other_row.total));
    }
    lines.push(line(named("Total"), pivot.column_totals, other?.total, pivot.total));
    return [head.map(csvField), ...lines].map((fields) => fields.join(",")).join("\r\n") + "\r\n";
}

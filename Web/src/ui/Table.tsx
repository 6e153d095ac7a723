import { ReactNode, useMemo, useState } from "react";
import { Icon } from "./Icon";

export interface Column<Item> {
    name: string;
    title: string;
    show: (item: Item) => ReactNode;
    isNumber?: boolean;
    /** What the column is sorted by; it can be sorted when there is this. */
    by?: (item: Item) => string | number | bigint;
    /** Hidden on narrow screens. */
    isExtra?: boolean;
}

interface TableProps<Item> {
    label: string;
    columns: (Column<Item> | false | null | undefined)[];
    items: Item[];
    keyOf: (item: Item, index: number) => string;
    sortedBy?: [name: string, isDescending: boolean];
    footer?: ReactNode;
}

function compare(a: string | number | bigint, b: string | number | bigint): number {
    if (typeof a === "string" && typeof b === "string") {
        return a.localeCompare(b, undefined, { numeric: true });
    }
    return a < b ? -1 : a > b ? 1 : 0;
}

/** A table; on narrow screens it scrolls within itself, by keyboard too, or shows its rows as cards. */
export function Table<Item>({ label, columns: given, items, keyOf, sortedBy, footer }: TableProps<Item>) {
    const columns = given.filter((column): column is Column<Item> => Boolean(column));
    const [sort, setSort] = useState(sortedBy);
    const by = sort && columns.find((column) => column.name === sort[0])?.by;
    const sorted = useMemo(() => {
        if (!by || !sort) return items;
        const direction = sort[1] ? -1 : 1;
        return [...items].sort((a, b) => direction * compare(by(a), by(b)));
    }, [items, by === undefined, sort]);
    // On a phone rows of many columns, or of much text, become cards, which need no scrolling sideways.
    const shown = columns.filter((column) => !column.isExtra);
    const isWide = shown.length > 3 || shown.filter((column) => !column.isNumber).length > 2;
    const flip = (column: Column<Item>) =>
        setSort(
            sort?.[0] === column.name ? [column.name, !sort[1]] : [column.name, Boolean(column.isNumber)],
        );
    return (
        <div className="scroll" role="region" aria-label={label} tabIndex={0}>
            <table className={isWide ? "table stacks" : "table"}>
                <thead>
                    <tr>
                        {columns.map((column) => {
                            const isSorted = sort?.[0] === column.name && column.by;
                            const classes = `${column.isNumber ? "number " : ""}${
                                column.isExtra ? "extra" : ""
                            }`;
                            return (
                                <th
                                    key={column.name}
                                    scope="col"
                                    className={classes}
                                    aria-sort={isSorted ? sort[1] ? "descending" : "ascending" : undefined}
                                >
                                    {column.by
                                        ? (
                                            <button
                                                type="button"
                                                className="sort"
                                                onClick={() => flip(column)}
                                            >
                                                {column.title}
                                                {isSorted && (
                                                    <Icon name={sort[1] ? "down" : "up"} size={12} />
                                                )}
                                            </button>
                                        )
                                        : column.title}
                                </th>
                            );
                        })}
                    </tr>
                </thead>
                <tbody>
                    {sorted.map((item, index) => (
                        <tr key={keyOf(item, index)}>
                            {columns.map((column) => (
                                <td
                                    key={column.name}
                                    data-title={column.title}
                                    className={`${column.isNumber ? "number " : ""}${
                                        column.isExtra ? "extra" : ""
                                    }`}
                                >
                                    {column.show(item)}
                                </td>
                            ))}
                        </tr>
                    ))}
                </tbody>
                {footer && <tfoot>{footer}</tfoot>}
            </table>
        </div>
    );
}

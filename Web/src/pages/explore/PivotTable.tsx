import { useEffect, useMemo, useRef, useState } from "react";
import { Figure, hottest, Pivot, Setup, size, Sort, sortedRows } from "../../lib/pivot";
import { count } from "../../lib/format";
import { dimensionTitle, valueText } from "../../lib/report";
import { Link } from "../../lib/router";
import { CheckField } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { drillPath } from "./drill";
import { figureShort, figureText, measureTitle } from "./measures";

const rowHeight = 33;
const spare = 12;

interface PivotTableProps {
    pivot: Pivot;
    setup: Setup;
    label: string;
}

/** The pivot as a table. Only the rows in sight are there, so that ten thousand are no more work than fifty. */
export function PivotTable({ pivot, setup, label }: PivotTableProps) {
    const [sort, setSort] = useState<Sort>({ by: "total", isDescending: true });
    const [isHot, setHot] = useState(true);
    const order = useMemo(() => sortedRows(pivot, sort), [pivot, sort]);
    const most = useMemo(() => hottest(pivot), [pivot]);
    const { ref, first, last } = useRowsInSight(order.length);
    const width = setup.rows.length + pivot.columns.length + (pivot.other_column ? 1 : 0) + 1;
    const sorted = (by: Sort["by"]) =>
        sort.by === by ? (sort.isDescending ? "descending" : "ascending") : undefined;
    const head = (by: Sort["by"], text: string, isNumber: boolean) => (
        <button
            type="button"
            className="sort"
            title={text}
            onClick={() => setSort({ by, isDescending: sort.by === by ? !sort.isDescending : isNumber })}
        >
            <span>{text}</span>
            {sort.by === by && <Icon name={sort.isDescending ? "down" : "up"} size={12} />}
        </button>
    );
    return (
        <section className="card flush">
            <header>
                <h2>{count(pivot.rows.length)} {pivot.rows.length === 1 ? "row" : "rows"}</h2>
                <CheckField label="Heat" checked={isHot} onChange={(event) => setHot(event.target.checked)} />
            </header>
            <div className="pivot" ref={ref} role="region" aria-label={label} tabIndex={0}>
                <table className="table" aria-rowcount={order.length + 2}>
                    <thead>
                        <tr aria-rowindex={1}>
                            {setup.rows.map((name, part) => (
                                <th
                                    key={name}
                                    scope="col"
                                    className={part === 0 ? "first" : undefined}
                                    aria-sort={sorted(`name${part}`)}
                                >
                                    {head(`name${part}`, dimensionTitle(name), false)}
                                </th>
                            ))}
                            {pivot.columns.map((names, column) => (
                                <th key={column} scope="col" className="number" aria-sort={sorted(column)}>
                                    {head(
                                        column,
                                        names.map(valueText).join(" / ") || measureTitle(setup.measure),
                                        true,
                                    )}
                                </th>
                            ))}
                            {pivot.other_column && <th scope="col" className="number">All others</th>}
                            <th scope="col" className="number" aria-sort={sorted("total")}>
                                {head("total", "Total", true)}
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        {first > 0 && (
                            <tr aria-hidden="true">
                                <td colSpan={width} className="gap" style={{ height: first * rowHeight }} />
                            </tr>
                        )}
                        {order.slice(first, last).map((place, index) => (
                            <Row
                                key={place}
                                {...{
                                    pivot,
                                    setup,
                                    place,
                                    most: isHot ? most : 0,
                                    number: first + index + 2,
                                }}
                            />
                        ))}
                        {last < order.length && (
                            <tr aria-hidden="true">
                                <td
                                    colSpan={width}
                                    className="gap"
                                    style={{ height: (order.length - last) * rowHeight }}
                                />
                            </tr>
                        )}
                    </tbody>
                    <tfoot>
                        {pivot.other_row && (
                            <tr>
                                <Label span={setup.rows.length} text="All others" />
                                {pivot.other_row.cells.map((figure, column) => (
                                    <Plain key={column} figure={figure} />
                                ))}
                                {pivot.other_column && <Plain figure={pivot.other_cell} />}
                                <Plain figure={pivot.other_row.total} />
                            </tr>
                        )}
                        <tr>
                            <Label span={setup.rows.length} text="Total" />
                            {pivot.column_totals.map((figure, column) => (
                                <Plain key={column} figure={figure} />
                            ))}
                            {pivot.other_column && <Plain figure={pivot.other_column.total} />}
                            <Plain figure={pivot.total} />
                        </tr>
                    </tfoot>
                </table>
            </div>
        </section>
    );
}

function useRowsInSight(count: number) {
    const ref = useRef<HTMLDivElement>(null);
    const [[first, last], setRows] = useState<[number, number]>([0, 60]);
    useEffect(() => {
        const box = ref.current;
        if (!box) return;
        const look = () => {
            const from = Math.max(0, Math.floor(box.scrollTop / rowHeight) - spare);
            const to = Math.min(count, Math.ceil((box.scrollTop + box.clientHeight) / rowHeight) + spare);
            setRows((rows) => rows[0] === from && rows[1] === to ? rows : [from, to]);
        };
        look();
        box.addEventListener("scroll", look, { passive: true });
        addEventListener("resize", look);
        return () => {
            box.removeEventListener("scroll", look);
            removeEventListener("resize", look);
        };
    }, [count]);
    return { ref, first, last: Math.min(last, count) };
}

interface RowProps {
    pivot: Pivot;
    setup: Setup;
    place: number;
    most: number;
    number: number;
}

function Row({ pivot, setup, place, most, number }: RowProps) {
    const names = pivot.rows[place] ?? [];
    const title = names.map(valueText).join(" / ") || "All";
    return (
        <tr aria-rowindex={number}>
            {names.map((name, part) => (
                <th
                    key={part}
                    scope="row"
                    className={part === 0 ? "first" : undefined}
                    title={valueText(name)}
                >
                    {valueText(name)}
                </th>
            ))}
            {pivot.columns.map((column, index) => {
                const figure = pivot.cells[place]?.[index] ?? null;
                const heat = most > 0 && figure !== null ? Math.max(0, size(figure) / most) : 0;
                const goal = figure === null ? null : drillPath(setup, names, column);
                const text = figureShort(figure);
                return (
                    <td
                        key={index}
                        className="number"
                        style={heat
                            ? { backgroundColor: `rgb(var(--heat) / ${(0.04 + heat * 0.4).toFixed(3)})` }
                            : undefined}
                        title={figureText(figure)}
                    >
                        {goal
                            ? (
                                <Link
                                    to={goal}
                                    aria-label={`${text}: events of ${title}, ${
                                        column.map(valueText).join(" / ")
                                    }`}
                                >
                                    {text}
                                </Link>
                            )
                            : text}
                    </td>
                );
            })}
            {pivot.other_column && <Plain figure={pivot.other_column.cells[place] ?? null} />}
            <Plain figure={pivot.row_totals[place] ?? null} isStrong />
        </tr>
    );
}

function Label({ span, text }: { span: number; text: string }) {
    return span > 0 ? <th scope="row" className="first" colSpan={span}>{text}</th> : null;
}

function Plain({ figure, isStrong }: { figure: Figure; isStrong?: boolean }) {
    const text = figureShort(figure);
    return <td className="number" title={figureText(figure)}>{isStrong ? <strong>{text}</strong> : text}</td>;
}

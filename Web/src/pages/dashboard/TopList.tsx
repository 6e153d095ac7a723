import { money, moneyExactly, percent } from "../../lib/format";
import { parseMoney } from "../../lib/money";
import { Breakdown, dimensionTitle, readFilters, valueText } from "../../lib/report";
import { Link, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { Empty } from "../../ui/States";

/** The largest parts of the spend; a click narrows the page to one. */
export function TopList({ by, data }: { by: string; data: Breakdown }) {
    const { query } = useView();
    if (!data.rows.length) {
        return <Empty title="Nothing here">No event in this range has been recorded.</Empty>;
    }
    const chosen = readFilters(query)[by] ?? [];
    const largest = data.rows.reduce((most, row) => Math.max(most, row.share), 0);
    const isNamed = data.rows.some((row) => row.key !== null);
    if (!isNamed) return <Empty title={`No event names a ${dimensionTitle(by).toLowerCase()}`} />;
    return (
        <ol className="bars">
            {data.rows.map((row) => (
                <li key={row.key ?? ""}>
                    <Row
                        to={row.key === null || chosen.includes(row.key)
                            ? null
                            : withQuery({ [by]: [...chosen, row.key] })}
                        name={valueText(row.key)}
                        row={row}
                        largest={largest}
                    />
                </li>
            ))}
            {data.other && parseMoney(data.other.cost_usd) > 0n && (
                <li>
                    <Row to={null} name="All others" row={data.other} largest={largest} isOther />
                </li>
            )}
        </ol>
    );
}

interface RowProps {
    to: string | null;
    name: string;
    row: { cost_usd: string; share: number };
    largest: number;
    isOther?: boolean;
}

function Row({ to, name, row, largest, isOther }: RowProps) {
    const content = (
        <>
            {!isOther && (
                <i
                    className="fill"
                    style={{ width: `${largest > 0 ? Math.max(0, row.share / largest) * 100 : 0}%` }}
                />
            )}
            <span className={isOther ? "name muted" : "name"} title={name}>{name}</span>
            <span className="figure" title={moneyExactly(row.cost_usd)}>{money(row.cost_usd)}</span>
            <span className="share">{percent(row.share)}</span>
        </>
    );
    return to ? <Link to={to}>{content}</Link> : <div className="plain">{content}</div>;
}

import { columnDigits, count, countShort, money, moneyExactly } from "../../lib/format";
import { digitsFor, parseMoney } from "../../lib/money";
import { dimensionTitle, readFilters, valueText } from "../../lib/report";
import { Link, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { Card } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Table } from "../../ui/Table";
import { UnitEconomics, UnitSums } from "./insight";
import { quantityTitle, unitCost } from "./units";

type Row = UnitSums & { key: string | null };

/** Unit costs of each value of a dimension. */
export function UnitTable({ body, by }: { body: UnitEconomics; by: string }) {
    const { query } = useView();
    const chosen = readFilters(query)[by] ?? [];
    if (!body.rows.length) {
        return (
            <Card>
                <Empty icon="explore" title="No event in this range matches" />
            </Card>
        );
    }
    const quantity = body.total.quantity;
    const tokens = (row: UnitSums) => row.input_tokens + row.output_tokens;
    const cost = (unit: string) => (row: UnitSums) => unitCost(row, unit) ?? -1n;
    const digits = Object.fromEntries(
        ["tokens", "event", "quantity"].map((unit) => {
            const costs = [...body.rows, body.total].map((row) => unitCost(row, unit));
            return [unit, columnDigits(costs.filter((value): value is bigint => value !== null))];
        }),
    );
    const text = (row: UnitSums, unit: string) => {
        const value = unitCost(row, unit);
        if (value === null) return <span className="muted">–</span>;
        return money(value, Math.max(digits[unit] ?? 2, digitsFor(value)));
    };
    const footer = (title: string, sums: UnitSums) => (
        <tr>
            <th scope="row">{title}</th>
            <td className="number" data-title="Spend">{money(sums.cost_usd, 2)}</td>
            <td className="number extra">{count(sums.events)}</td>
            <td className="number extra">{countShort(tokens(sums))}</td>
            <td className="number" data-title="Per 1M tokens">{text(sums, "tokens")}</td>
            <td className="number" data-title="Per event">{text(sums, "event")}</td>
            {quantity && <td className="number extra">{count(sums.quantity?.amount ?? 0)}</td>}
            {quantity && <td className="number" data-title="Per unit">{text(sums, "quantity")}</td>}
        </tr>
    );
    return (
        <Card className="flush" title={`By ${dimensionTitle(by).toLowerCase()}`}>
            <Table<Row>
                label={`Unit costs by ${dimensionTitle(by).toLowerCase()}`}
                items={body.rows}
                keyOf={(row, index) => `${index}/${row.key}`}
                sortedBy={["spend", true]}
                footer={
                    <>
                        {body.other && footer("All others", body.other)}
                        {footer("All", body.total)}
                    </>
                }
                columns={[
                    {
                        name: "key",
                        title: dimensionTitle(by),
                        by: (row) => row.key ?? "",
                        show: (row) =>
                            row.key === null || chosen.includes(row.key)
                                ? valueText(row.key)
                                : (
                                    <Link to={withQuery({ [by]: [...chosen, row.key] })}>
                                        {valueText(row.key)}
                                    </Link>
                                ),
                    },
                    {
                        name: "spend",
                        title: "Spend",
                        isNumber: true,
                        by: (row) => parseMoney(row.cost_usd),
                        show: (row) => (
                            <span title={moneyExactly(row.cost_usd)}>{money(row.cost_usd, 2)}</span>
                        ),
                    },
                    {
                        name: "events",
                        title: "Events",
                        isNumber: true,
                        isExtra: true,
                        by: (row) => row.events,
                        show: (row) => count(row.events),
                    },
                    {
                        name: "tokens",
                        title: "Tokens",
                        isNumber: true,
                        isExtra: true,
                        by: tokens,
                        show: (row) => <span title={count(tokens(row))}>{countShort(tokens(row))}</span>,
                    },
                    {
                        name: "million",
                        title: "Per 1M tokens",
                        isNumber: true,
                        by: cost("tokens"),
                        show: (row) => text(row, "tokens"),
                    },
                    {
                        name: "event",
                        title: "Per event",
                        isNumber: true,
                        by: cost("event"),
                        show: (row) => text(row, "event"),
                    },
                    quantity && {
                        name: "amount",
                        title: quantityTitle(quantity.name),
                        isNumber: true,
                        isExtra: true,
                        by: (row) => row.quantity?.amount ?? 0,
                        show: (row) => count(row.quantity?.amount ?? 0),
                    },
                    quantity && {
                        name: "unit",
                        title: "Per unit",
                        isNumber: true,
                        by: cost("quantity"),
                        show: (row) => text(row, "quantity"),
                    },
                ]}
            />
        </Card>
    );
}

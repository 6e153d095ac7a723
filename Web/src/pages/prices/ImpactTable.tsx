import { change, count, money, moneyExactly, moneySigned } from "../../lib/format";
import { chartNumber, parseMoney } from "../../lib/money";
import { Link } from "../../lib/router";
import { Card } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { Table } from "../../ui/Table";
import { pricePath } from "../usage/CostCard";

interface ImpactSums {
    events: number;
    cost_usd: string;
    cost_at_old_prices_usd: string;
    impact_usd: string;
}

export interface Impact {
    rows: (ImpactSums & { provider: string; model: string })[];
    total: ImpactSums;
    /** Events that have no price, or whose cost a client reported. */
    unknown_events: number;
    complete: boolean;
}

/** A difference with its sign. */
export function impactText(sums: ImpactSums): string {
    return moneySigned(parseMoney(sums.impact_usd));
}

/** Each model: what it cost, what it would have cost, and the difference. */
export function ImpactTable({ impact }: { impact: Impact }) {
    if (!impact.rows.length) {
        return (
            <Card>
                <Empty icon="prices" title="Nothing to compare in this range">
                    Only events that Oliver priced can be priced by other prices.
                </Empty>
            </Card>
        );
    }
    const { total } = impact;
    return (
        <Card className="flush" title="By model">
            <Table
                label="Impact of changes of prices"
                items={impact.rows}
                keyOf={(row) => `${row.provider}/${row.model}`}
                footer={
                    <tr>
                        <th scope="row">All</th>
                        <td className="number extra">{count(total.events)}</td>
                        <td className="number">{money(total.cost_usd, 2)}</td>
                        <td className="number extra">{money(total.cost_at_old_prices_usd, 2)}</td>
                        <td className="number">{impactText(total)}</td>
                        <td className="number extra">
                            <ImpactBadge sums={total} />
                        </td>
                    </tr>
                }
                columns={[
                    {
                        name: "model",
                        title: "Model",
                        by: (row) => row.model,
                        show: (row) => (
                            <>
                                <Link to={pricePath(row.provider, row.model)}>{row.model}</Link>
                                <span className="under">{row.provider}</span>
                            </>
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
                        name: "cost",
                        title: "Spent",
                        isNumber: true,
                        by: (row) => parseMoney(row.cost_usd),
                        show: (row) => <span title={moneyExactly(row.cost_usd)}>{money(row.cost_usd)}</span>,
                    },
                    {
                        name: "old",
                        title: "At the first day’s prices",
                        isNumber: true,
                        isExtra: true,
                        by: (row) => parseMoney(row.cost_at_old_prices_usd),
                        show: (row) => (
                            <span title={moneyExactly(row.cost_at_old_prices_usd)}>
                                {money(row.cost_at_old_prices_usd)}
                            </span>
                        ),
                    },
                    {
                        name: "impact",
                        title: "Difference",
                        isNumber: true,
                        by: (row) => parseMoney(row.impact_usd),
                        show: (row) => <strong title={moneyExactly(row.impact_usd)}>{impactText(row)}
                        </strong>,
                    },
                    {
                        name: "ratio",
                        title: "Change",
                        isNumber: true,
                        isExtra: true,
                        show: (row) => <ImpactBadge sums={row} />,
                    },
                ]}
            />
        </Card>
    );
}

function ImpactBadge({ sums }: { sums: ImpactSums }) {
    const difference = parseMoney(sums.impact_usd);
    const old = chartNumber(parseMoney(sums.cost_at_old_prices_usd));
    if (difference === 0n) return <span className="muted">same</span>;
    return (
        <Badge tone={difference > 0n ? "warn" : "good"}>
            {old > 0 ? change(chartNumber(difference) / old) : "new"}
        </Badge>
    );
}

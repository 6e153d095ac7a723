import { useState } from "react";
import { useData } from "../../lib/data";
import { count, money, percent } from "../../lib/format";
import { Breakdown, valueText } from "../../lib/report";
import { address } from "../../lib/api";
import { Link } from "../../lib/router";
import { useView } from "../../lib/session";
import { Card } from "../../ui/Page";
import { Badge, Empty, Loaded } from "../../ui/States";
import { Budget, partOf, scopeText } from "./budget";
import { BudgetFacts } from "./BudgetFacts";

const shown = 20;
/** Periods without a start have all there ever was. */
const ever = "2000-01-01T00:00:00Z";

/** Where each value of a budget that is for each by itself stands, the fullest first. */
export function Values({ budget }: { budget: Budget }) {
    const view = useView();
    const tag = budget.scope.type === "tag" ? budget.scope.id.replace(/=\*$/, "") : null;
    const by = tag === null ? budget.scope.type : `tag.${tag}`;
    const [now] = useState(() => new Date().toISOString());
    const data = useData<Breakdown>(
        address("/v1/analytics/breakdown", {
            workspace: budget.workspace,
            from: budget.period_start ?? ever,
            to: budget.period_end ?? now,
            time_zone: view.zone,
            by,
            limit: shown,
        }),
        { every: 30 },
    );
    const limit = budget.effective_limit_usd;
    return (
        <>
            <Card title={`${money(limit)} for ${scopeText(budget).toLowerCase()}`}>
                <BudgetFacts budget={budget} />
            </Card>
            <Card title="Who has used most of it">
                <Loaded data={data} height={240}>
                    {({ rows, other }) => (
                        <List budget={budget} by={by} rows={rows} hasMore={other !== null} />
                    )}
                </Loaded>
            </Card>
        </>
    );
}

interface ListProps {
    budget: Budget;
    by: string;
    rows: Breakdown["rows"];
    hasMore: boolean;
}

function List({ budget, by, rows, hasMore }: ListProps) {
    // Who has no value has no budget either.
    const named = rows.filter((row): row is typeof row & { key: string } => row.key !== null);
    if (!named.length) return <Empty icon="budgets" title="Nothing was spent in this period" />;
    const limit = budget.effective_limit_usd;
    return (
        <ul className="budget-list columns">
            {named.map((row) => {
                const part = partOf(row.cost_usd, limit);
                const tone = part >= 1 ? "bad" : part >= 0.8 ? "warn" : "good";
                return (
                    <li key={row.key} className="budget-line">
                        <div className="head">
                            <Link to={address("/usage", { workspace: budget.workspace, [by]: row.key })}>
                                {valueText(row.key)}
                            </Link>
                            <span className="number nowrap">
                                {money(row.cost_usd)} <Badge tone={tone}>{percent(part)}</Badge>
                            </span>
                        </div>
                        <div className="meter" aria-hidden="true">
                            <i
                                className={`spent ${tone}`}
                                style={{ left: 0, width: `${Math.min(1, part) * 100}%` }}
                            />
                        </div>
                    </li>
                );
            })}
            {hasMore && (
                <li className="muted small">The first {count(named.length)}; all others used less.</li>
            )}
        </ul>
    );
}

import { useState } from "react";
import { address } from "../../lib/api";
import { useList } from "../../lib/data";
import { money, percent } from "../../lib/format";
import { Link, navigate, withQuery } from "../../lib/router";
import { useMay, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { SelectField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { Budget, isPerValue, partOf, periods, periodText, scopeText, scopeTypes, toneOf } from "./budget";
import { BudgetForm } from "./BudgetForm";
import { BudgetMeter } from "./BudgetMeter";

/** All budgets, with where they stand. */
export default function BudgetsPage() {
    const { workspace, query } = useView();
    const may = useMay();
    const [isMaking, setMaking] = useState(query.get("new") === "budget");
    const scope = query.get("scope") ?? "";
    const period = query.get("period") ?? "";
    const list = useList<Budget>(
        address("/v1/budgets", { workspace: workspace?.id, scope, period, limit: 100 }),
    );
    const filter = (name: string, value: string) =>
        navigate(withQuery({ [name]: value || null }), { replace: true });
    const create = may("budgets") && (
        <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>New budget</Button>
    );
    return (
        <Page
            title="Budgets"
            lead="Limits on spend: they warn at their thresholds, and refuse calls when they block."
            actions={create}
        >
            <div className="filters">
                <SelectField
                    label="Scope"
                    options={[["", "All scopes"], ...scopeTypes]}
                    value={scope}
                    onChange={(event) => filter("scope", event.target.value)}
                />
                <SelectField
                    label="Period"
                    options={[["", "All periods"], ...periods]}
                    value={period}
                    onChange={(event) => filter("period", event.target.value)}
                />
            </div>
            <Card className="flush">
                <ListTable
                    label="Budgets"
                    list={list}
                    keyOf={(budget) => budget.id}
                    empty={
                        <Empty icon="budgets" title="No budgets">
                            <p>
                                A budget watches the spend of a workspace, team, project, user, app, provider,
                                model or tag.
                            </p>
                            {create}
                        </Empty>
                    }
                    columns={[
                        {
                            name: "name",
                            title: "Budget",
                            show: (budget) => (
                                <>
                                    <Link to={`/budgets/${budget.id}`}>
                                        {budget.name || scopeText(budget)}
                                    </Link>
                                    <span className="under">
                                        {scopeText(budget)}, {periodText(budget)}
                                        {workspace ? "" : `, ${budget.workspace}`}
                                    </span>
                                </>
                            ),
                        },
                        {
                            name: "meter",
                            title: "Level",
                            show: (budget) =>
                                isPerValue(budget)
                                    ? <span className="muted small">each by itself</span>
                                    : (
                                        <div className="level">
                                            <BudgetMeter budget={budget} />
                                        </div>
                                    ),
                        },
                        {
                            name: "part",
                            title: "Used",
                            isNumber: true,
                            show: (budget) =>
                                isPerValue(budget)
                                    ? "–"
                                    : budget.spent_usd === null
                                    ? <Badge>counting</Badge>
                                    : (
                                        <Badge tone={toneOf(budget)}>
                                            {percent(partOf(budget.spent_usd, budget.effective_limit_usd))}
                                        </Badge>
                                    ),
                        },
                        {
                            name: "spent",
                            title: "Spent",
                            isNumber: true,
                            show: (budget) => budget.spent_usd === null ? "–" : money(budget.spent_usd),
                        },
                        {
                            name: "held",
                            title: "Held",
                            isNumber: true,
                            isExtra: true,
                            show: (budget) => budget.held_usd === null ? "–" : money(budget.held_usd),
                        },
                        {
                            name: "forecast",
                            title: "Forecast",
                            isNumber: true,
                            isExtra: true,
                            show: (budget) => budget.forecast_usd === null ? "–" : money(budget.forecast_usd),
                        },
                        {
                            name: "limit",
                            title: "Limit",
                            isNumber: true,
                            show: (budget) => (
                                <>
                                    {money(budget.effective_limit_usd)}
                                    {budget.raise && <span className="under">raised</span>}
                                </>
                            ),
                        },
                        {
                            name: "action",
                            title: "Then",
                            isExtra: true,
                            show: (budget) =>
                                budget.action === "block"
                                    ? <Badge tone="bad">Refuse</Badge>
                                    : <Badge>Warn</Badge>,
                        },
                    ]}
                />
            </Card>
            {isMaking && <BudgetForm onClose={() => setMaking(false)} />}
        </Page>
    );
}

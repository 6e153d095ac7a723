import { address } from "../../lib/api";
import { Page as ListPage, useData } from "../../lib/data";
import { money, percent } from "../../lib/format";
import { Link } from "../../lib/router";
import { useView } from "../../lib/session";
import { Card } from "../../ui/Page";
import { Badge, Empty, Loaded } from "../../ui/States";
import { Budget, isPerValue, partOf, periodText, scopeText, toneOf } from "../budgets/budget";
import { BudgetMeter } from "../budgets/BudgetMeter";

const shown = 5;

/** The budgets that are fullest. */
export function BudgetGlance() {
    const { workspace } = useView();
    const data = useData<ListPage<Budget>>(address("/v1/budgets", { workspace: workspace?.id, limit: 200 }), {
        every: 15,
    });
    return (
        <Card title="Budgets" actions={<Link className="small" to="/budgets">All budgets</Link>}>
            <Loaded data={data} height={220}>{({ items }) => <Fullest budgets={items} />}</Loaded>
        </Card>
    );
}

function Fullest({ budgets }: { budgets: Budget[] }) {
    if (!budgets.length) {
        return (
            <Empty icon="budgets" title="No budgets yet">
                <p>A budget warns before money runs out, or refuses calls that would pass it.</p>
                <Link className="button" to="/budgets?new=budget">Make a budget</Link>
            </Empty>
        );
    }
    const part = (budget: Budget) => partOf(budget.spent_usd, budget.effective_limit_usd);
    const fullest = budgets.filter((budget) => !isPerValue(budget)).sort((a, b) => part(b) - part(a)).slice(
        0,
        shown,
    );
    if (!fullest.length) return <Empty icon="budgets" title="All budgets are for each value by itself" />;
    return (
        <ul className="budget-list">
            {fullest.map((budget) => (
                <li key={budget.id} className="budget-line">
                    <div className="head">
                        <Link to={`/budgets/${budget.id}`}>{budget.name || scopeText(budget)}</Link>
                        <span className="number nowrap">
                            {budget.spent_usd === null ? "counting…" : money(budget.spent_usd, 2)}
                            <span className="muted">{` of ${money(budget.effective_limit_usd, 2)}`}</span>
                        </span>
                    </div>
                    <BudgetMeter budget={budget} />
                    <div className="head small muted">
                        <span>{scopeText(budget)}, {periodText(budget)}</span>
                        <Badge tone={toneOf(budget)}>{percent(part(budget))}</Badge>
                    </div>
                </li>
            ))}
        </ul>
    );
}

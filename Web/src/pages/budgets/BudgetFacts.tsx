import { dateTime, money, moneyExactly, percent } from "../../lib/format";
import { useView } from "../../lib/session";
import { Facts } from "../../ui/Page";
import { Budget } from "./budget";

/** What is said of a budget beside its level. */
export function BudgetFacts({ budget }: { budget: Budget }) {
    const { zone } = useView();
    return (
        <Facts
            facts={{
                Spent: budget.spent_usd && moneyExactly(budget.spent_usd),
                "Held by preflights": budget.held_usd && money(budget.held_usd),
                Remaining: budget.remaining_usd && money(budget.remaining_usd),
                "Forecast to the period's end": budget.forecast_usd && money(budget.forecast_usd),
                Limit: money(budget.limit_usd),
                "Raised limit": budget.raise &&
                    `${money(budget.raise.limit_usd)} until ${dateTime(budget.raise.until, zone)}`,
                "Period began": budget.period_start && dateTime(budget.period_start, zone),
                "Period ends": budget.period_end && dateTime(budget.period_end, zone),
                "When it is reached": budget.action === "block"
                    ? "Further calls are refused"
                    : "People are warned",
                "Warns at": budget.thresholds.map((threshold) => percent(threshold / 100, 0)).join(", "),
                "Who is told": budget.recipients.join(", ") || "channels only",
                Made: `${dateTime(budget.created_at, zone)} by ${budget.created_by}`,
            }}
        />
    );
}

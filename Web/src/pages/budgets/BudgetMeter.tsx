import { money, percent } from "../../lib/format";
import { Budget, partOf, toneOf } from "./budget";

/** Spent, held and forecast against a limit, with its thresholds. */
export function BudgetMeter({ budget }: { budget: Budget }) {
    const limit = budget.effective_limit_usd;
    const spent = partOf(budget.spent_usd, limit);
    const held = partOf(budget.held_usd, limit);
    const forecast = partOf(budget.forecast_usd, limit);
    const full = Math.max(1, spent + held, Math.min(forecast, 1.5));
    const width = (part: number) => `${Math.max(0, part) / full * 100}%`;
    const words = budget.spent_usd === null
        ? `${budget.name}: being counted`
        : `${budget.name}: ${money(budget.spent_usd)} of ${money(limit)} spent, ${percent(spent)}`;
    return (
        <div className="meter" role="img" aria-label={words}>
            {budget.forecast_usd !== null && (
                <i className="forecast" style={{ left: 0, width: width(Math.min(forecast, full)) }} />
            )}
            <i className={`spent ${toneOf(budget)}`} style={{ left: 0, width: width(spent) }} />
            {held > 0 && <i className="held" style={{ left: width(spent), width: width(held) }} />}
            {budget.thresholds.map((threshold) => (
                <i key={threshold} className="tick" style={{ left: width(threshold / 100) }} />
            ))}
        </div>
    );
}

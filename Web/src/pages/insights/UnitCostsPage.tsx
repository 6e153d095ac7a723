import { useData } from "../../lib/data";
import { count, money } from "../../lib/format";
import { dimensionTitle, isDimension, reportPath } from "../../lib/report";
import { navigate, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { Loaded } from "../../ui/States";
import { Kpi } from "../dashboard/Kpis";
import { UnitEconomics } from "./insight";
import { InsightsFrame } from "./InsightsFrame";
import { UnitPickers } from "./UnitPickers";
import { perMillionTokens, quantityTitle } from "./units";
import { UnitTable } from "./UnitTable";
import { UnitTrend } from "./UnitTrend";

/** What a million tokens, an event, a customer or an image cost. */
export default function UnitCostsPage() {
    const view = useView();
    const wanted = view.query.get("by") ?? "";
    const by = isDimension(wanted) ? wanted : "model";
    const quantity = view.query.get("quantity");
    const data = useData<UnitEconomics>(
        reportPath("/v1/analytics/insight/unit-economics", view, { by, quantity, limit: 100 }),
        { keep: true },
    );
    return (
        <InsightsFrame lead="What one of something costs: of a million tokens, of a call, of a customer, of an image.">
            <UnitPickers
                by={by}
                quantity={quantity}
                onChange={(changes) => navigate(withQuery(changes), { replace: true })}
            />
            <Loaded data={data} height={96}>
                {(body) => <Figures body={body} by={by} quantity={quantity} />}
            </Loaded>
            <UnitTrend quantity={quantity} />
            <Loaded data={data} height={320}>{(body) => <UnitTable body={body} by={by} />}</Loaded>
        </InsightsFrame>
    );
}

function Figures({ body, by, quantity }: { body: UnitEconomics; by: string; quantity: string | null }) {
    const { total } = body;
    const one = dimensionTitle(by).toLowerCase();
    const unit = body.total.quantity;
    return (
        <div className="kpis few">
            <Kpi title="Per 1M tokens" value={amount(perMillionTokens(total))}>
                input and output together
            </Kpi>
            <Kpi title="Per event" value={amount(total.usd_per_event)}>
                of {count(total.events - total.unpriced_events)} that have a price
            </Kpi>
            <Kpi title={`Per ${one}`} value={amount(body.usd_per_value)}>
                {body.values === null ? "there are too many to count" : `${count(body.values)} in this range`}
            </Kpi>
            {quantity && unit && (
                <Kpi
                    title={`Per unit of ${quantityTitle(quantity).toLowerCase()}`}
                    value={amount(unit.usd_per_unit)}
                >
                    {count(unit.amount)} in this range
                </Kpi>
            )}
        </div>
    );
}

/** Two figures at least, and a dash where there was nothing to divide by. */
function amount(value: bigint | string | null): string {
    return value === null ? "–" : money(value);
}

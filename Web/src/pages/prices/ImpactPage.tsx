import { FilterBar } from "../../app/FilterBar";
import { address } from "../../lib/api";
import { useData } from "../../lib/data";
import { count, date, money, moneyExactly } from "../../lib/format";
import { parseMoney } from "../../lib/money";
import { narrowedFilters, readFilters } from "../../lib/report";
import { useView } from "../../lib/session";
import { daysBetween } from "../../lib/time";
import { Card } from "../../ui/Page";
import { Empty, Loaded } from "../../ui/States";
import { Kpi } from "../dashboard/Kpis";
import { ImpactChart } from "./ImpactChart";
import { Impact, ImpactTable, impactText } from "./ImpactTable";
import { PricesFrame } from "./PricesFrame";

/** The server prices event by event, and refuses more days. */
const dayLimit = 400;

/** What changes of prices since the start of the range made of the spend in it. */
export default function ImpactPage() {
    const view = useView();
    const filters = narrowedFilters(readFilters(view.query));
    const isShort = daysBetween(view.range.first, view.range.end) <= dayLimit;
    const path = address("/v1/prices/impact", {
        workspace: view.workspace?.id,
        from: view.range.from,
        to: view.range.to,
        ...filters,
    });
    const data = useData<Impact>(filters && isShort ? path : null, { keep: true });
    return (
        <PricesFrame>
            <FilterBar />
            {!isShort
                ? <Refused title={`Choose a range of at most ${dayLimit} days`} />
                : !filters
                ? (
                    <Refused title="These filters cannot be asked for here">
                        Events are priced again one by one: choose one value each of team, project, user, app,
                        provider and model.
                    </Refused>
                )
                : <Loaded data={data} height={360}>{(impact) => <Shown impact={impact} />}</Loaded>}
        </PricesFrame>
    );
}

function Refused({ title, children }: { title: string; children?: string }) {
    return (
        <Card>
            <Empty icon="prices" title={title}>{children}</Empty>
        </Card>
    );
}

function Shown({ impact }: { impact: Impact }) {
    const { range } = useView();
    const { total } = impact;
    const start = date(`${range.first}T12:00:00Z`, "UTC");
    const difference = parseMoney(total.impact_usd);
    return (
        <>
            <div className="kpis few">
                <Kpi title="Spent" value={money(total.cost_usd, 2)} exactly={moneyExactly(total.cost_usd)}>
                    {count(total.events)} events, by the prices of their time
                </Kpi>
                <Kpi
                    title="At the first day’s prices"
                    value={money(total.cost_at_old_prices_usd, 2)}
                    exactly={moneyExactly(total.cost_at_old_prices_usd)}
                >
                    as they were on {start}
                </Kpi>
                <Kpi
                    title="Made by changes of prices"
                    value={impactText(total)}
                    exactly={moneyExactly(total.impact_usd)}
                >
                    {difference > 0n
                        ? "dearer than before"
                        : difference < 0n
                        ? "cheaper than before"
                        : "no difference"}
                </Kpi>
                <Kpi title="Not compared" value={count(impact.unknown_events)}>
                    without a price, or with a reported cost
                </Kpi>
            </div>
            {!impact.complete && (
                <p className="note warn">
                    <span>
                        Not all events were looked at: choose a shorter range or a filter to see them all.
                    </span>
                </p>
            )}
            <ImpactChart impact={impact} />
            <ImpactTable impact={impact} />
        </>
    );
}

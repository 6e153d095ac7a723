import { useData } from "../../lib/data";
import { count, countShort, date, money, moneyExactly, percent } from "../../lib/format";
import { reportPath, Summary } from "../../lib/report";
import { useView } from "../../lib/session";
import { Kpi } from "./Kpis";

export interface Forecast {
    forecast_usd: string;
    low_usd: string;
    high_usd: string;
    spent_usd: string;
    period_start: string;
    period_end: string;
}

/** What this month will have cost when it ends. */
export function ForecastKpi() {
    const view = useView();
    const data = useData<Forecast>(
        reportPath("/v1/analytics/insight/forecast", view, { from: null, to: null, period: "month" }),
        { every: 60 },
    );
    const body = data.body;
    // An older server knows no forecasts.
    if (data.error?.status === 404) return null;
    return (
        <Kpi
            title="This month's forecast"
            value={body ? money(body.forecast_usd, 2) : "–"}
            {...(body ? { exactly: moneyExactly(body.forecast_usd) } : {})}
        >
            {body
                ? (
                    <span>
                        {money(body.low_usd, 0)} to {money(body.high_usd, 0)}, until{" "}
                        {date(Date.parse(body.period_end) - 1, view.zone)}
                    </span>
                )
                : <span>{data.error ? data.error.detail ?? data.error.message : "…"}</span>}
        </Kpi>
    );
}

export interface CacheSavings {
    saved_usd: string;
    cache_read_tokens: number;
}

/** What cached tokens would have cost in full. */
export function CacheSavingsKpi({ totals }: { totals: Summary }) {
    const view = useView();
    const data = useData<CacheSavings>(reportPath("/v1/analytics/insight/cache-savings", view), {
        every: 60,
    });
    const share = totals.input_tokens ? totals.cache_read_tokens / totals.input_tokens : 0;
    return (
        <Kpi
            title="Saved by caches"
            value={data.body ? money(data.body.saved_usd, 2) : countShort(totals.cache_read_tokens)}
            exactly={data.body ? moneyExactly(data.body.saved_usd) : count(totals.cache_read_tokens)}
        >
            <span>{percent(share)} of input tokens came from caches</span>
        </Kpi>
    );
}

import { useState } from "react";
import { address } from "../../lib/api";
import { useData } from "../../lib/data";
import { count, countShort, date, money, moneyExactly, percent } from "../../lib/format";
import { narrowedFilters, readFilters, reportPath, Summary } from "../../lib/report";
import { useView } from "../../lib/session";
import { Link } from "../../lib/router";
import { Forecast } from "../insights/insight";
import { Button } from "../../ui/Button";
import { Kpi } from "./Kpis";

/** What this month will have cost when it ends. */
export function ForecastKpi() {
    const view = useView();
    const data = useData<Forecast>(
        reportPath("/v1/analytics/insight/forecast", view, { from: null, to: null, period: "month" }),
        { every: 60 },
    );
    const body = data.body;
    // While versions are mixed, a service of the one before does not know this.
    if (data.error?.status === 404) return null;
    return (
        <Kpi
            title="This month's forecast"
            value={body ? money(body.forecast_usd, 2) : "–"}
            {...(body ? { exactly: moneyExactly(body.forecast_usd) } : {})}
        >
            {body
                ? (
                    <Link to="/insights">
                        {money(body.low_usd, 0)} to {money(body.high_usd, 0)}, until{" "}
                        {date(Date.parse(body.end) - 1, view.zone)}
                    </Link>
                )
                : <span>{data.error ? data.error.detail ?? data.error.message : "…"}</span>}
        </Kpi>
    );
}

interface CacheSavings {
    total: { saved_usd: string; full_price_usd: string };
    complete: boolean;
}

/** Events that are priced anew without being asked: some seconds' work for one of the services that price for everybody. */
const PRICED_AT_SIGHT = 250_000;

/** What cached tokens would have cost in full, where the page's filters can be asked for. */
export function CacheSavingsKpi({ totals }: { totals: Summary }) {
    const view = useView();
    const [isWanted, setWanted] = useState(false);
    const filters = narrowedFilters(readFilters(view.query));
    // The server prices event by event, and refuses more than this.
    const isShort = Date.parse(view.range.to) - Date.parse(view.range.from) <= 400 * 86_400_000;
    const canAsk = isShort && totals.cache_read_tokens > 0 && filters !== null;
    const isAsked = canAsk && (isWanted || totals.events <= PRICED_AT_SIGHT);
    const path = address("/v1/prices/cache-savings", {
        workspace: view.workspace?.id,
        from: view.range.from,
        to: view.range.to,
        ...filters,
    });
    const data = useData<CacheSavings>(isAsked ? path : null);
    const saved = data.body?.total.saved_usd;
    const share = totals.input_tokens ? totals.cache_read_tokens / totals.input_tokens : 0;
    return (
        <Kpi
            title={saved ? "Saved by caches" : "Read from caches"}
            value={saved ? money(saved, 2) : countShort(totals.cache_read_tokens)}
            exactly={saved ? moneyExactly(saved) : count(totals.cache_read_tokens)}
        >
            <span>
                {percent(share)}{" "}
                of input tokens came from caches{data.body?.complete === false && ", counted in part"}
            </span>
            {canAsk && !saved && (isWanted || !isAsked) && (
                <Button
                    kind="quiet"
                    isBusy={isWanted && data.isLoading}
                    onClick={() => isWanted ? data.reload() : setWanted(true)}
                >
                    Work out what it saved
                </Button>
            )}
            {isWanted && data.error && <span role="alert">{data.error.detail ?? data.error.message}</span>}
        </Kpi>
    );
}

import { Series } from "../../charts/scales";
import { StackedBars } from "../../charts/StackedBars";
import { useData } from "../../lib/data";
import { date, intervalLabel, money, moneyExactly, percent, tickMoney } from "../../lib/format";
import { chartNumber, Money, parseMoney } from "../../lib/money";
import { reportPath, TimeSeries } from "../../lib/report";
import { navigate, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { addDays, Day, dayOf, daysBetween, startOfDay } from "../../lib/time";
import { Card } from "../../ui/Page";
import { Loaded } from "../../ui/States";
import { Kpi } from "../dashboard/Kpis";
import { Forecast } from "./insight";

const periods = [["week", "Week"], ["month", "Month"], ["quarter", "Quarter"], ["year", "Year"]] as const;

/** What the present week, month, quarter or year will have cost when it ends, day by day. */
export function Outlook() {
    const view = useView();
    const wanted = view.query.get("period");
    const period = periods.find(([name]) => name === wanted)?.[0] ?? "month";
    const data = useData<Forecast>(
        reportPath("/v1/analytics/insight/forecast", view, { from: null, to: null, period }),
        { every: 60, keep: true },
    );
    return (
        <>
            <Loaded data={data} height={96}>{(forecast) => <Figures forecast={forecast} />}</Loaded>
            <Card
                title={`This ${period}, day by day`}
                note={data.body?.days.length === 0
                    ? "The rest goes on as so far; nothing is known of the days before."
                    : "The rest goes on as so far, shared as weekdays of the last eight weeks do."}
                actions={
                    <div className="segmented" role="group" aria-label="Period">
                        {periods.map(([name, text]) => (
                            <button
                                key={name}
                                type="button"
                                aria-pressed={period === name}
                                onClick={() => navigate(withQuery({ period: name }), { replace: true })}
                            >
                                {text}
                            </button>
                        ))}
                    </div>
                }
            >
                <Loaded data={data} height={300}>{(forecast) => <Days forecast={forecast} />}</Loaded>
            </Card>
        </>
    );
}

function Figures({ forecast }: { forecast: Forecast }) {
    const { zone } = useView();
    const rest = parseMoney(forecast.forecast_usd) - parseMoney(forecast.spent_usd);
    const today = dayOf(Date.now(), zone);
    const left = daysBetween(today, dayOf(Date.parse(forecast.end), zone));
    return (
        <div className="kpis few">
            <Kpi
                title="Forecast"
                value={money(forecast.forecast_usd, 2)}
                exactly={moneyExactly(forecast.forecast_usd)}
            >
                until {date(Date.parse(forecast.end) - 1, zone)}
            </Kpi>
            <Kpi
                title="Likely between"
                value={`${money(forecast.low_usd, 0)} – ${money(forecast.high_usd, 0)}`}
            >
                in {percent(forecast.confidence, 0)} of cases
            </Kpi>
            <Kpi
                title="Spent so far"
                value={money(forecast.spent_usd, 2)}
                exactly={moneyExactly(forecast.spent_usd)}
            >
                since {date(forecast.start, zone)}
            </Kpi>
            <Kpi title="Still to come" value={money(rest, 2)}>
                {left === 1 ? "in the rest of today" : `in ${left} days, with today`}
            </Kpi>
        </div>
    );
}

/** Bars of what was spent, and on them or beside them what is expected. */
function Days({ forecast }: { forecast: Forecast }) {
    const view = useView();
    const { zone } = view;
    const today = dayOf(Date.now(), zone);
    const first = dayOf(Date.parse(forecast.start), zone);
    const end = dayOf(Date.parse(forecast.end), zone);
    const data = useData<TimeSeries>(
        reportPath("/v1/analytics/timeseries", view, {
            from: forecast.start,
            to: new Date(startOfDay(addDays(today, 1), zone)).toISOString(),
            granularity: "day",
        }),
        { every: 60, keep: true },
    );
    return (
        <Loaded data={data} height={300}>
            {(series) => <Chart spent={spentBy(series, zone)} forecast={forecast} days={[first, end]} />}
        </Loaded>
    );
}

function spentBy(series: TimeSeries, zone: string): Map<Day, Money> {
    const points = series.series[0]?.points ?? [];
    return new Map(points.map((point) => [dayOf(Date.parse(point.start), zone), parseMoney(point.cost_usd)]));
}

function Chart(
    { spent, forecast, days: [first, end] }: { spent: Map<Day, Money>; forecast: Forecast; days: [Day, Day] },
) {
    const { zone } = useView();
    const days = Array.from({ length: daysBetween(first, end) }, (_, index) => addDays(first, index));
    const expected = new Map(forecast.days.map(({ day, cost_usd }) => [day, parseMoney(cost_usd)]));
    const part = (label: string, amounts: Map<Day, Money>, tone: Series["tone"]): Series => ({
        label,
        tone,
        numbers: days.map((day) => chartNumber(amounts.get(day) ?? 0n)),
        texts: days.map((day) => amounts.has(day) ? money(amounts.get(day) ?? 0n) : ""),
    });
    const noon = (day: Day) => startOfDay(day, zone) + 43_200_000;
    return (
        <StackedBars
            label="Spend and forecast by day"
            placeTitle="Day"
            places={days.map((day) => ({
                short: intervalLabel(new Date(noon(day)).toISOString(), "day", zone),
                long: date(noon(day), zone),
            }))}
            series={[
                part("Spent", spent, 0),
                ...(expected.size ? [part("Expected", expected, "other")] : []),
            ]}
            totals={days.map((day) => money((spent.get(day) ?? 0n) + (expected.get(day) ?? 0n)))}
            tick={tickMoney}
        />
    );
}

import { Series, toneCount } from "../../charts/scales";
import { StackedBars } from "../../charts/StackedBars";
import { useData } from "../../lib/data";
import { date, dateTime, intervalLabel, money, tickMoney } from "../../lib/format";
import { chartNumber, Money, parseMoney } from "../../lib/money";
import { granularityOf } from "../../lib/range";
import { reportPath, TimeSeries, valueText } from "../../lib/report";
import { navigate, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { dayOf } from "../../lib/time";
import { Card } from "../../ui/Page";
import { Empty, Loaded } from "../../ui/States";

const cuts = [["model", "Model"], ["team", "Team"], ["provider", "Provider"], ["source_app", "App"], [
    "",
    "Total",
]] as const;

/** Spend over time, cut by one dimension. */
export function SpendChart() {
    const view = useView();
    const by = view.query.get("by") ?? "model";
    const granularity = granularityOf(view.range);
    const path = reportPath("/v1/analytics/timeseries", view, {
        granularity,
        group_by: by || null,
        limit: toneCount,
    });
    const data = useData<TimeSeries>(path, { every: 30, keep: true });
    const names = { hour: "Hourly", day: "Daily", week: "Weekly", month: "Monthly" };
    return (
        <Card
            title={`${names[granularity]} spend`}
            actions={
                <div className="segmented" role="group" aria-label="Cut by">
                    {cuts.map(([name, text]) => (
                        <button
                            key={name}
                            type="button"
                            aria-pressed={by === name}
                            onClick={() => navigate(withQuery({ by: name }), { replace: true })}
                        >
                            {text}
                        </button>
                    ))}
                </div>
            }
        >
            <Loaded data={data} height={300}>
                {(body) => <Chart data={body} granularity={granularity} zone={view.zone} />}
            </Loaded>
        </Card>
    );
}

function Chart({ data, granularity, zone }: { data: TimeSeries; granularity: string; zone: string }) {
    const starts = data.series[0]?.points.map((point) => point.start) ?? [];
    if (!starts.length) return <Empty icon="dashboard" title="No spend in this range" />;
    const sums: Money[] = starts.map(() => 0n);
    let tone = 0;
    const series = data.series.map((one): Series => {
        const amounts = one.points.map((point) => parseMoney(point.cost_usd));
        amounts.forEach((amount, place) => sums[place] = (sums[place] ?? 0n) + amount);
        return {
            label: one.is_other
                ? "All others"
                : one.key === "all" && data.series.length === 1
                ? "Spend"
                : valueText(one.key),
            tone: one.is_other ? "other" : tone++,
            numbers: amounts.map(chartNumber),
            texts: amounts.map((amount) => money(amount)),
        };
    });
    const open = (place: number) => {
        const day = dayOf(Date.parse(starts[place] ?? ""), zone);
        navigate(withQuery({ range: null, from: day, to: day }));
    };
    return (
        <StackedBars
            label="Spend over time"
            placeTitle="From"
            places={starts.map((start) => ({
                short: intervalLabel(start, granularity, zone),
                long: granularity === "hour" ? dateTime(start, zone) : date(start, zone),
            }))}
            series={series}
            totals={sums.map((sum) => money(sum))}
            tick={tickMoney}
            {...(granularity === "day" ? { onPick: open } : {})}
        />
    );
}

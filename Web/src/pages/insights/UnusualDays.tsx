import { useData } from "../../lib/data";
import { change, date, money, moneyExactly, moneySigned } from "../../lib/format";
import { chartNumber, parseMoney } from "../../lib/money";
import { dimensionTitle, reportPath, valueText } from "../../lib/report";
import { Link, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { daysBetween } from "../../lib/time";
import { Card } from "../../ui/Page";
import { Badge, Empty, Loaded } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Anomaly, anomalyDayLimit, anomalyFilters } from "./insight";

/** All days of the range whose spend is unlike that of their weekdays before. */
export function UnusualDays() {
    const view = useView();
    const isShort = daysBetween(view.range.first, view.range.end) < anomalyDayLimit;
    const path = reportPath("/v1/analytics/insight/anomalies", view);
    const data = useData<{ items: Anomaly[] }>(isShort ? path : null, { every: 300, keep: true });
    return (
        <Card
            className="flush"
            title="Unusual days"
            note="Of workspaces, teams and models, in the range above: further from the median of the same weekday in the eight weeks before than chance explains."
        >
            {isShort
                ? <Loaded data={data} height={240}>{({ items }) => <List anomalies={items} />}</Loaded>
                : <Empty title={`Choose a range of less than ${anomalyDayLimit} days`} />}
        </Card>
    );
}

function difference(anomaly: Anomaly): bigint {
    return parseMoney(anomaly.cost_usd) - parseMoney(anomaly.expected_usd);
}

/** Usual is not less than nothing, whatever the spread says; credits aside. */
function lowOf(anomaly: Anomaly): bigint {
    const low = parseMoney(anomaly.low_usd);
    return low < 0n && parseMoney(anomaly.expected_usd) >= 0n ? 0n : low;
}

function List({ anomalies }: { anomalies: Anomaly[] }) {
    if (!anomalies.length) {
        return (
            <Empty icon="check" title="Nothing unusual">
                A day is listed once it is over, and when at least four such weekdays before it had spend.
            </Empty>
        );
    }
    return (
        <Table
            label="Unusual days"
            items={anomalies}
            keyOf={(anomaly) => `${anomaly.dimension}/${anomaly.key}/${anomaly.day}`}
            columns={[
                {
                    name: "day",
                    title: "Day",
                    by: (anomaly) => anomaly.day,
                    show: (anomaly) => (
                        <span className="nowrap">{date(`${anomaly.day}T12:00:00Z`, "UTC")}</span>
                    ),
                },
                {
                    name: "what",
                    title: "Of what",
                    by: (anomaly) => `${anomaly.dimension} ${anomaly.key}`,
                    show: (anomaly) => (
                        <>
                            <Link to={`/${dashboardQuery(anomaly)}`}>{valueText(anomaly.key)}</Link>
                            <span className="under">
                                {anomaly.dimension === "workspace"
                                    ? "Workspace"
                                    : dimensionTitle(anomaly.dimension)}
                            </span>
                        </>
                    ),
                },
                {
                    name: "cost",
                    title: "Spend",
                    isNumber: true,
                    by: (anomaly) => parseMoney(anomaly.cost_usd),
                    show: (anomaly) => (
                        <span title={moneyExactly(anomaly.cost_usd)}>{money(anomaly.cost_usd, 2)}</span>
                    ),
                },
                {
                    name: "expected",
                    title: "Usual",
                    isNumber: true,
                    isExtra: true,
                    by: (anomaly) => parseMoney(anomaly.expected_usd),
                    show: (anomaly) => (
                        <>
                            {money(anomaly.expected_usd, 2)}
                            <span className="under">
                                {money(lowOf(anomaly), 2)} – {money(anomaly.high_usd, 2)}
                            </span>
                        </>
                    ),
                },
                {
                    name: "difference",
                    title: "Difference",
                    isNumber: true,
                    by: difference,
                    show: (anomaly) => (
                        <>
                            {moneySigned(difference(anomaly))}
                            <span className="under">
                                <Badge tone={anomaly.direction === "up" ? "warn" : "info"}>
                                    {ratioText(anomaly)}
                                </Badge>
                            </span>
                        </>
                    ),
                },
            ]}
        />
    );
}

/** How much more or less, for people. */
function ratioText(anomaly: Anomaly): string {
    const usual = chartNumber(parseMoney(anomaly.expected_usd));
    if (usual <= 0) return anomaly.direction === "up" ? "more" : "less";
    return change(chartNumber(difference(anomaly)) / usual);
}

function dashboardQuery(anomaly: Anomaly): string {
    const address = withQuery({
        range: null,
        period: null,
        from: anomaly.day,
        to: anomaly.day,
        ...anomalyFilters(anomaly),
    });
    return address.slice(address.indexOf("?"));
}

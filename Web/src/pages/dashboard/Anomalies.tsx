import { useData } from "../../lib/data";
import { intervalLabel, money } from "../../lib/format";
import { daysBetween } from "../../lib/time";
import { dimensionTitle, reportPath, valueText } from "../../lib/report";
import { Link, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { Card } from "../../ui/Page";
import { Badge, Empty, Loaded } from "../../ui/States";
import { Anomaly, anomalyDayLimit, anomalyFilters } from "../insights/insight";

const shown = 6;

/** Days whose spend is unlike that of the same weekdays before. */
export function Anomalies() {
    const view = useView();
    const isShort = daysBetween(view.range.first, view.range.end) < anomalyDayLimit;
    const path = reportPath("/v1/analytics/insight/anomalies", view);
    const data = useData<{ items: Anomaly[] }>(isShort ? path : null, { every: 300, keep: true });
    // While versions are mixed, a service of the one before does not know this.
    if (data.error?.status === 404) return null;
    return (
        <Card
            title="Unusual days"
            note="Unlike the same weekdays before"
            actions={<Link className="small" to="/insights">All of them</Link>}
        >
            {isShort
                ? <Loaded data={data} height={220}>{({ items }) => <List anomalies={items} />}</Loaded>
                : <Empty title="Choose a range of less than 400 days" />}
        </Card>
    );
}

function List({ anomalies }: { anomalies: Anomaly[] }) {
    if (!anomalies.length) return <Empty icon="check" title="Nothing unusual" />;
    return (
        <ul className="bars news">
            {anomalies.slice(0, shown).map((anomaly) => (
                <li key={`${anomaly.dimension}/${anomaly.key}/${anomaly.day}`}>
                    <Link
                        to={withQuery({
                            range: null,
                            from: anomaly.day,
                            to: anomaly.day,
                            ...anomalyFilters(anomaly),
                        })}
                    >
                        <span>
                            <strong className="wrap-anywhere">{nameOf(anomaly)}</strong>
                            <span className="muted small">
                                {intervalLabel(`${anomaly.day}T12:00:00Z`, "day", "UTC")}:{" "}
                                {money(anomaly.cost_usd)}, usually {money(anomaly.expected_usd)}
                            </span>
                        </span>
                        <Badge tone={anomaly.direction === "up" ? "warn" : "info"}>
                            {anomaly.direction === "up" ? "more" : "less"}
                        </Badge>
                    </Link>
                </li>
            ))}
        </ul>
    );
}

function nameOf(anomaly: Anomaly): string {
    return anomaly.dimension === "workspace"
        ? `Workspace ${anomaly.key ?? ""}`
        : `${dimensionTitle(anomaly.dimension)} ${valueText(anomaly.key)}`;
}

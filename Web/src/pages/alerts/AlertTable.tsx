import { dateTime, money } from "../../lib/format";
import { dimensionTitle } from "../../lib/report";
import { Link } from "../../lib/router";
import { useView } from "../../lib/session";
import { Badge, Tone } from "../../ui/States";
import { Column, Table } from "../../ui/Table";
import { Alert, kindText } from "./alert";

const tones: Record<string, Tone> = { sent: "good", failed: "bad", pending: "info" };

/** How far an alert's deliveries have come. */
export function AlertState({ alert }: { alert: Alert }) {
    const text = alert.state === "undeliverable" ? "in the log only" : alert.state;
    return <Badge tone={tones[alert.state] ?? "neutral"}>{text}</Badge>;
}

/** Whom a budget that is for each value by itself warns of. */
function scopeOf(alert: Alert): string | null {
    const { scope } = alert;
    return scope && scope.type !== "workspace" ? `${dimensionTitle(scope.type)} ${scope.id}` : null;
}

export function useAlertColumns(): Column<Alert>[] {
    const { zone } = useView();
    return [
        {
            name: "title",
            title: "Alert",
            show: (alert) => (
                <>
                    <Link to={`/alerts/${alert.id}`}>{alert.title}</Link>
                    <span className="under">
                        {[kindText(alert.kind), scopeOf(alert), alert.workspace].filter(Boolean).join(", ")}
                    </span>
                </>
            ),
        },
        {
            name: "level",
            title: "Level",
            isNumber: true,
            isExtra: true,
            show: (alert) =>
                alert.spent_usd !== undefined && alert.limit_usd !== undefined
                    ? (
                        <>
                            {money(alert.spent_usd)}
                            <span className="under">of {money(alert.limit_usd)}</span>
                        </>
                    )
                    : "–",
        },
        {
            name: "time",
            title: "When",
            show: (alert) => <span className="nowrap">{dateTime(alert.happened_at, zone)}</span>,
        },
        { name: "state", title: "Told", show: (alert) => <AlertState alert={alert} /> },
    ];
}

export function AlertTable({ alerts }: { alerts: Alert[] }) {
    return <Table label="Alerts" items={alerts} keyOf={(alert) => alert.id} columns={useAlertColumns()} />;
}

import { Page as ListPage, useData } from "../../lib/data";
import { date, dateTime, money, percent } from "../../lib/format";
import { Link } from "../../lib/router";
import { useMay, useView } from "../../lib/session";
import { isDay } from "../../lib/time";
import { Card, Facts, Page } from "../../ui/Page";
import { Badge, Empty, ErrorBox, Skeleton } from "../../ui/States";
import { Table } from "../../ui/Table";
import { words } from "../usage/event";
import { Alert, alertGoal, Delivery, kindText } from "./alert";
import { AlertState } from "./AlertTable";
import { Channel } from "./ChannelForm";

/** One alert: what happened, and who was told how. */
export default function AlertPage({ id }: { id: string }) {
    const { zone } = useView();
    const data = useData<Alert>(`/v1/alerts/${encodeURIComponent(id)}`, { every: 10 });
    if (!data.body) return data.error ? <ErrorBox error={data.error} onRetry={data.reload} /> : <Skeleton />;
    const alert = data.body;
    const goal = alertGoal(alert);
    return (
        <Page
            title={alert.title}
            lead={kindText(alert.kind)}
            actions={!goal.startsWith("/alerts/") && (
                <Link className="button" to={goal}>Show what it is about</Link>
            )}
        >
            <Card>
                <Facts
                    facts={{
                        Happened: dateTime(alert.happened_at, zone),
                        Workspace: alert.workspace,
                        Told: <AlertState alert={alert} />,
                        Budget: alert.budget && <Link to={goal}>{alert.budget.name}</Link>,
                        Scope: alert.scope && `${words(alert.scope.type)} ${alert.scope.id}`,
                        Period: alert.period && periodName(alert.period),
                        Threshold: alert.threshold !== undefined && percent(alert.threshold / 100, 0),
                        Spent: alert.spent_usd && money(alert.spent_usd),
                        Limit: alert.limit_usd && money(alert.limit_usd),
                        ...Object.fromEntries(
                            Object.entries(alert.facts ?? {}).map((
                                [name, value],
                            ) => [words(name), factText(value, zone)]),
                        ),
                    }}
                />
            </Card>
            <Card title="Deliveries" className="flush">
                {alert.deliveries?.length
                    ? <Deliveries deliveries={alert.deliveries} zone={zone} />
                    : (
                        <Empty icon="alerts" title="Nobody was to be told">
                            The alert is in this log only.
                        </Empty>
                    )}
            </Card>
        </Page>
    );
}

/** Facts are texts; times among them are shown as such. */
function factText(value: string, zone: string): string {
    return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? dateTime(value, zone) : value;
}

/** A period's name, `month:2026-11-01`, in words. */
function periodName(name: string): string {
    const [length = "", day] = name.split(":");
    return day && isDay(day) ? `${words(length)} from ${date(`${day}T12:00:00Z`, "UTC")}` : words(name);
}

function Deliveries({ deliveries, zone }: { deliveries: Delivery[]; zone: string }) {
    const may = useMay();
    const channels = useData<ListPage<Channel>>(may("channels") ? "/v1/channels?limit=200" : null);
    const nameOf = (id: string | undefined) =>
        channels.body?.items.find((channel) => channel.id === id)?.name ?? id;
    return (
        <Table
            label="Deliveries"
            items={deliveries}
            keyOf={(_, index) => String(index)}
            columns={[
                {
                    name: "to",
                    title: "To",
                    show: (item) => (
                        <>
                            <span className="wrap-anywhere">{item.recipient ?? nameOf(item.channel_id)}</span>
                            <span className="under">{words(item.channel)}</span>
                        </>
                    ),
                },
                {
                    name: "state",
                    title: "State",
                    show: (item) => (
                        <Badge
                            tone={item.state === "sent"
                                ? "good"
                                : item.state === "failed" || item.state === "undeliverable"
                                ? "bad"
                                : "neutral"}
                        >
                            {item.state}
                        </Badge>
                    ),
                },
                { name: "attempts", title: "Tries", isNumber: true, show: (item) => item.attempts },
                {
                    name: "at",
                    title: "When",
                    isExtra: true,
                    show: (item) => item.settled_at ? dateTime(item.settled_at, zone) : "–",
                },
                {
                    name: "detail",
                    title: "Answer",
                    show: (item) => <span className="wrap-anywhere">{item.detail ?? "–"}</span>,
                },
            ]}
        />
    );
}

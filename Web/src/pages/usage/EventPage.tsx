import { address } from "../../lib/api";
import { Page as ListPage, useData } from "../../lib/data";
import { count, dateTimeExactly, money, moneyExactly } from "../../lib/format";
import { Link } from "../../lib/router";
import { useView } from "../../lib/session";
import { Card, Facts, Page } from "../../ui/Page";
import { Badge, ErrorBox, Loaded } from "../../ui/States";
import { Table } from "../../ui/Table";
import { CostCard } from "./CostCard";
import { Explained, UsageEvent, words } from "./event";

/** One event, and why it costs what it costs. */
export default function EventPage({ workspace, event }: { workspace: string; event: string }) {
    const data = useData<Explained>(address("/v1/explain", { workspace, event_id: event }));
    return (
        <Page title="Usage event" lead={<span className="mono wrap-anywhere">{event}</span>}>
            {data.error && !data.body
                ? <ErrorBox error={data.error} onRetry={data.reload} />
                : (
                    <Loaded data={data} height={300}>
                        {(explained) => (
                            <>
                                <CostCard explained={explained} />
                                <EventDetails explained={explained} />
                            </>
                        )}
                    </Loaded>
                )}
        </Page>
    );
}

/** The moment after another one, in milliseconds. */
function justAfter(time: string): string {
    return new Date(Math.floor(Date.parse(time)) + 1).toISOString();
}

function EventDetails({ explained }: { explained: Explained }) {
    const { workspace, occurred_at, model, provider } = explained;
    const path = address("/v1/usage", {
        workspace,
        from: occurred_at,
        to: justAfter(occurred_at),
        model,
        provider,
        limit: 1000,
    });
    const data = useData<ListPage<UsageEvent>>(path);
    return (
        <Loaded data={data}>
            {({ items }) => {
                const event = items.find((item) =>
                    item.event_id === explained.event_id && item.kind === "event"
                );
                return event ? <Details event={event} /> : null;
            }}
        </Loaded>
    );
}

function Details({ event }: { event: UsageEvent }) {
    const { zone } = useView();
    const quantities = Object.entries(event.usage ?? {}).flatMap(([name, value]) =>
        typeof value === "number"
            ? [[name, value] as const]
            : Object.entries(value).map(([part, number]) => [`${name}: ${part}`, number] as const)
    );
    const filter = (name: string, value: string | undefined) =>
        value === undefined ? "–" : <Link to={address("/usage", { [name]: value })}>{value}</Link>;
    return (
        <>
            <Card title="Who and what">
                <Facts
                    facts={{
                        Happened: dateTimeExactly(event.occurred_at, zone),
                        Recorded: dateTimeExactly(event.recorded_at, zone),
                        Workspace: event.workspace,
                        Team: filter("team", event.team),
                        Project: filter("project", event.project),
                        User: filter("user", event.user),
                        "Source app": filter("source_app", event.source_app),
                        Provider: filter("provider", event.provider),
                        Model: filter("model", event.model),
                        Operation: filter("operation", event.operation),
                        "Service tier": event.service_tier && filter("service_tier", event.service_tier),
                        Status: event.status && (
                            <Badge tone={event.status === "ok" ? "good" : "warn"}>{event.status}</Badge>
                        ),
                        Latency: event.latency_ms !== undefined && `${count(event.latency_ms)} ms`,
                        Trace: event.trace_id && <span className="mono">{event.trace_id}</span>,
                        Hold: event.hold_id && <span className="mono">{event.hold_id}</span>,
                    }}
                />
            </Card>
            <div className="grid two">
                <Card title="Usage">
                    <Facts
                        facts={Object.fromEntries(
                            quantities.map(([name, value]) => [words(name), count(value)]),
                        )}
                    />
                </Card>
                {event.tags && (
                    <Card title="Tags">
                        <Facts
                            facts={Object.fromEntries(
                                Object.entries(event.tags).map((
                                    [key, value],
                                ) => [key, filter(`tag.${key}`, value)]),
                            )}
                        />
                    </Card>
                )}
            </div>
            {event.adjustments && (
                <Card
                    title="Corrections"
                    className="flush"
                    note="The recorded cost stays; what was found later is added."
                >
                    <Table
                        label="Corrections"
                        items={event.adjustments}
                        keyOf={(_, index) => String(index)}
                        columns={[
                            { name: "at", title: "When", show: (item) => dateTimeExactly(item.at, zone) },
                            {
                                name: "kind",
                                title: "By",
                                show: (item) => (
                                    <Link to={`/prices/reprice?job=${item.job}`}>{words(item.job_kind)}</Link>
                                ),
                            },
                            {
                                name: "reason",
                                title: "Reason",
                                show: (item) => <span className="wrap-anywhere">{item.reason}</span>,
                            },
                            {
                                name: "amount",
                                title: "Amount",
                                isNumber: true,
                                show: (item) => (
                                    <span title={moneyExactly(item.amount_usd)}>
                                        {money(item.amount_usd)}
                                    </span>
                                ),
                            },
                        ]}
                    />
                </Card>
            )}
        </>
    );
}

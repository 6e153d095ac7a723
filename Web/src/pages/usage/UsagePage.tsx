import { FilterBar } from "../../app/FilterBar";
import { address } from "../../lib/api";
import { useList } from "../../lib/data";
import { count, dateTimeExactly, dateTimeShort, money, moneyExactly } from "../../lib/format";
import { reportPath } from "../../lib/report";
import { Link } from "../../lib/router";
import { useView } from "../../lib/session";
import { ListTable } from "../../ui/ListTable";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { eventPath, UsageEvent, usageText } from "./event";

/** All events of the range, the newest first. */
export default function UsagePage() {
    const view = useView();
    const list = useList<UsageEvent>(reportPath("/v1/usage", view, { limit: 100 }));
    return (
        <Page
            title="Usage events"
            lead="Each metered call, with what it cost. Corrections are rows of their own."
            actions={<a className="button" href={exportPath(view)} download>Export CSV</a>}
        >
            <FilterBar />
            <Card className="flush">
                <ListTable
                    label="Usage events"
                    list={list}
                    keyOf={(event, index) => `${event.event_id}-${index}`}
                    empty={
                        <Empty icon="usage" title="No events">
                            None in this range matches. Choose a longer range or fewer filters.
                        </Empty>
                    }
                    columns={[
                        {
                            name: "time",
                            title: "Time",
                            show: (event) => (
                                <>
                                    <Link
                                        to={eventPath(event)}
                                        className="nowrap"
                                        title={dateTimeExactly(event.occurred_at, view.zone)}
                                    >
                                        {dateTimeShort(event.occurred_at, view.zone)}
                                    </Link>
                                    <span className="under mono">{event.event_id}</span>
                                </>
                            ),
                        },
                        {
                            name: "model",
                            title: "Model",
                            show: (event) => (
                                <>
                                    {event.model ?? <em>Adjustment</em>}
                                    <span className="under">
                                        {[event.provider, event.operation].filter(Boolean).join(", ") ||
                                            event.reason}
                                    </span>
                                </>
                            ),
                        },
                        {
                            name: "who",
                            title: "User",
                            show: (event) => (
                                <>
                                    {event.user ?? "–"}
                                    <span className="under">
                                        {[event.team, event.project].filter(Boolean).join(" / ")}
                                    </span>
                                </>
                            ),
                        },
                        {
                            name: "app",
                            title: "App",
                            isExtra: true,
                            show: (event) => event.source_app ?? "–",
                        },
                        {
                            name: "usage",
                            title: "Usage",
                            isNumber: true,
                            isExtra: true,
                            show: (event) => usageText(event, count),
                        },
                        {
                            name: "cost",
                            title: "Cost",
                            isNumber: true,
                            show: (event) => <Cost event={event} />,
                        },
                    ]}
                />
            </Card>
        </Page>
    );
}

function Cost({ event }: { event: UsageEvent }) {
    if (event.cost_usd === null) return <Badge tone="warn">no price</Badge>;
    return (
        <>
            <span title={moneyExactly(event.cost_usd)}>{money(event.cost_usd)}</span>
            {event.adjustments && <span className="under">corrected</span>}
            {event.cost_status === "partially_priced" && <span className="under">in part</span>}
        </>
    );
}

function exportPath(view: ReturnType<typeof useView>): string {
    const path = reportPath("/v1/export", view);
    return path + (path.includes("?") ? "&" : "?") + address("", { format: "csv" }).slice(1);
}

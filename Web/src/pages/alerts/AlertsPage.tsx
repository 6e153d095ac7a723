import { address } from "../../lib/api";
import { useList } from "../../lib/data";
import { navigate, withQuery } from "../../lib/router";
import { useMay, useView } from "../../lib/session";
import { SelectField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card, Page, Tabs } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { Alert, alertKinds } from "./alert";
import { useAlertColumns } from "./AlertTable";

export function AlertTabs() {
    const may = useMay();
    return (
        <Tabs
            label="Alerts"
            tabs={[["/alerts", "Log"], may("channels") && ["/alerts/channels", "Channels"]]}
        />
    );
}

/** All that people were told of. */
export default function AlertsPage() {
    const { workspace, query } = useView();
    const kind = query.get("kind") ?? "";
    const state = query.get("state") ?? "";
    const list = useList<Alert>(address("/v1/alerts", { workspace: workspace?.id, kind, state, limit: 50 }));
    const columns = useAlertColumns();
    const filter = (name: string, value: string) =>
        navigate(withQuery({ [name]: value || null }), { replace: true });
    return (
        <Page title="Alerts" lead="What people were told of, and whether it reached them.">
            <AlertTabs />
            <div className="filters">
                <SelectField
                    label="Kind"
                    options={[["", "All kinds"], ...alertKinds]}
                    value={kind}
                    onChange={(event) => filter("kind", event.target.value)}
                />
                <SelectField
                    label="Told"
                    options={[["", "All"], ["sent", "Sent"], ["pending", "Pending"], ["failed", "Failed"], [
                        "undeliverable",
                        "In the log only",
                    ]]}
                    value={state}
                    onChange={(event) => filter("state", event.target.value)}
                />
            </div>
            <Card className="flush">
                <ListTable
                    label="Alerts"
                    list={list}
                    keyOf={(alert) => alert.id}
                    columns={columns}
                    empty={
                        <Empty icon="alerts" title="All quiet">
                            Nobody had to be told of anything that matches.
                        </Empty>
                    }
                />
            </Card>
        </Page>
    );
}

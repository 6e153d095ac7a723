import { address } from "../../lib/api";
import { Page as ListPage, useData } from "../../lib/data";
import { ago } from "../../lib/format";
import { Link } from "../../lib/router";
import { useView } from "../../lib/session";
import { Card } from "../../ui/Page";
import { Empty, Loaded } from "../../ui/States";
import { Alert, alertGoal } from "../alerts/alert";

/** What people have been told of lately. */
export function Insights() {
    const { workspace } = useView();
    const data = useData<ListPage<Alert>>(address("/v1/alerts", { workspace: workspace?.id, limit: 6 }), {
        every: 30,
    });
    return (
        <Card title="Latest alerts" actions={<Link className="small" to="/alerts">All alerts</Link>}>
            <Loaded data={data} height={220}>
                {({ items }) =>
                    items.length
                        ? (
                            <ul className="bars news">
                                {items.map((alert) => (
                                    <li key={alert.id}>
                                        <Link
                                            to={alertGoal(alert)}
                                        >
                                            <span className="wrap-anywhere">{alert.title}</span>
                                            <span className="muted small nowrap">
                                                {ago(alert.happened_at)}
                                            </span>
                                        </Link>
                                    </li>
                                ))}
                            </ul>
                        )
                        : (
                            <Empty icon="alerts" title="All quiet">
                                Budgets that are reached, models without a price and other news show here.
                            </Empty>
                        )}
            </Loaded>
        </Card>
    );
}

import { useState } from "react";
import { address } from "../../lib/api";
import { useList } from "../../lib/data";
import { ago, count, dateTime } from "../../lib/format";
import { Link } from "../../lib/router";
import { useMay, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { ListTable } from "../../ui/ListTable";
import { Card } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { words } from "../usage/event";
import { OverrideForm } from "./OverrideForm";
import { PricesFrame } from "./PricesFrame";

interface Group {
    provider: string;
    model: string;
    quantity: string | null;
    reason: string | null;
    events: number;
    first_seen: string;
    last_seen: string;
}

/** What was used and has no price: it is in no spend until it has one. */
export default function UnpricedPage() {
    const { workspace, zone } = useView();
    const may = useMay();
    const list = useList<Group>(address("/v1/unpriced", { workspace: workspace?.id, limit: 100 }));
    const [group, setGroup] = useState<Group>();
    return (
        <PricesFrame>
            <Card
                className="flush"
                title="Used, and without a price"
                note="Such events count in no spend and no budget. They are priced by themselves as soon as a price is there."
            >
                <ListTable
                    label="Without a price"
                    list={list}
                    keyOf={(item) => `${item.provider}/${item.model}/${item.quantity}/${item.reason}`}
                    empty={<Empty icon="check" title="Everything has its price" />}
                    columns={[
                        {
                            name: "model",
                            title: "Model",
                            show: (item) => (
                                <>
                                    <Link
                                        to={address("/usage", { provider: item.provider, model: item.model })}
                                    >
                                        {item.model}
                                    </Link>
                                    <span className="under">{item.provider}</span>
                                </>
                            ),
                        },
                        {
                            name: "quantity",
                            title: "Quantity",
                            show: (item) => item.quantity ? words(item.quantity) : "All",
                        },
                        {
                            name: "reason",
                            title: "Why",
                            show: (item) => item.reason ? words(item.reason) : "–",
                        },
                        {
                            name: "events",
                            title: "Events",
                            isNumber: true,
                            show: (item) => count(item.events),
                        },
                        {
                            name: "last",
                            title: "Last used",
                            isExtra: true,
                            show: (item) => (
                                <span title={dateTime(item.last_seen, zone)}>{ago(item.last_seen)}</span>
                            ),
                        },
                        {
                            name: "actions",
                            title: "",
                            show: (item) =>
                                may("prices") && (
                                    <div className="row-actions">
                                        <Button kind="quiet" onClick={() => setGroup(item)}>
                                            Set a price
                                        </Button>
                                    </div>
                                ),
                        },
                    ]}
                />
            </Card>
            {group && (
                <OverrideForm
                    provider={group.provider}
                    model={group.model}
                    onClose={() => setGroup(undefined)}
                />
            )}
        </PricesFrame>
    );
}

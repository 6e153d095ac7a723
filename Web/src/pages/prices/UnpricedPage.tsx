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

export interface Group {
    provider: string;
    model: string;
    quantity: string | null;
    reason: string | null;
    events: number;
    first_seen: string;
    last_seen: string;
}

/** All that is missing of a model. */
interface Model {
    provider: string;
    model: string;
    quantities: string[];
    reasons: string[];
    events: number;
    last_seen: string;
}

/** One row for each model: its quantities are missing together, mostly. */
export function modelsOf(groups: Group[]): Model[] {
    const models = new Map<string, Model>();
    for (const { provider, model, quantity, reason, events, last_seen } of groups) {
        const key = JSON.stringify([provider, model]);
        const one = models.get(key) ?? { provider, model, quantities: [], reasons: [], events: 0, last_seen };
        if (quantity && !one.quantities.includes(quantity)) one.quantities.push(quantity);
        if (reason && !one.reasons.includes(reason)) one.reasons.push(reason);
        // An event is in the group of each quantity that it lacks a price for.
        one.events = Math.max(one.events, events);
        if (last_seen > one.last_seen) one.last_seen = last_seen;
        models.set(key, one);
    }
    return [...models.values()];
}

/** What was used and has no price: it is in no spend until it has one. */
export default function UnpricedPage() {
    const { workspace, zone } = useView();
    const may = useMay();
    const groups = useList<Group>(address("/v1/unpriced", { workspace: workspace?.id, limit: 100 }));
    const list = { ...groups, items: groups.items && modelsOf(groups.items) };
    const [group, setGroup] = useState<Model>();
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
                    keyOf={(item) => JSON.stringify([item.provider, item.model])}
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
                            title: "Of what",
                            isExtra: true,
                            show: (item) => words(item.quantities.join(", ")) || "All",
                        },
                        {
                            name: "reason",
                            title: "Why",
                            show: (item) => (
                                <span className="nowrap">{words(item.reasons.join(", ")) || "–"}</span>
                            ),
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
                                <span className="nowrap" title={dateTime(item.last_seen, zone)}>
                                    {ago(item.last_seen)}
                                </span>
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

import { useState } from "react";
import { address, send } from "../../lib/api";
import { forget, useList } from "../../lib/data";
import { dateTime } from "../../lib/format";
import { Link, navigate, withQuery } from "../../lib/router";
import { useMay, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { pricePath } from "../usage/CostCard";
import { OverrideForm } from "./OverrideForm";
import { modelOf, Price, rateText, rateTitle } from "./price";
import { PricesFrame } from "./PricesFrame";

/** Prices that people have set. */
export default function OverridesPage() {
    const { workspace, zone, query } = useView();
    const may = useMay();
    const state = query.get("state") ?? "active";
    const list = useList<Price>(
        address("/v1/prices/overrides", {
            workspace: workspace?.id,
            state: state === "all" ? null : state,
            limit: 50,
        }),
    );
    const [isSetting, setSetting] = useState(false);
    const [ending, setEnding] = useState<Price>();
    const add = may("prices") && (
        <Button kind="primary" icon="plus" onClick={() => setSetting(true)}>Set an own price</Button>
    );
    return (
        <PricesFrame actions={add}>
            <div className="filters">
                <SelectField
                    label="Which"
                    value={state}
                    options={[["active", "That hold now"], ["scheduled", "That are to come"], [
                        "ended",
                        "That have ended",
                    ], ["all", "All"]]}
                    onChange={(event) =>
                        navigate(withQuery({ state: event.target.value }), { replace: true })}
                />
            </div>
            <Card className="flush">
                <ListTable
                    label="Overrides"
                    list={list}
                    keyOf={(price) => price.id}
                    empty={
                        <Empty icon="prices" title="No own prices">
                            <p>Contract prices go before all others, model by model and rate by rate.</p>
                            {add}
                        </Empty>
                    }
                    columns={[
                        {
                            name: "model",
                            title: "Model",
                            show: (price) => (
                                <>
                                    <Link to={pricePath(price.provider, modelOf(price))}>{price.key}</Link>
                                    <span className="under">{price.workspace ?? "all workspaces"}</span>
                                </>
                            ),
                        },
                        {
                            name: "rates",
                            title: "Rates",
                            show: (price) =>
                                Object.entries(price.rates).map(([name, rate]) => (
                                    <span key={name} className="under">
                                        {rateTitle(name)} {rateText(name, rate)}
                                    </span>
                                )),
                        },
                        {
                            name: "holds",
                            title: "Holds",
                            isExtra: true,
                            show: (price) =>
                                `${price.valid_from ? dateTime(price.valid_from, zone) : "always"} – ${
                                    price.valid_to ? dateTime(price.valid_to, zone) : "on"
                                }`,
                        },
                        {
                            name: "why",
                            title: "Why",
                            show: (price) => (
                                <>
                                    <span className="wrap-anywhere">{price.reason}</span>
                                    <span className="under">{price.author}</span>
                                </>
                            ),
                        },
                        {
                            name: "actions",
                            title: "",
                            show: (price) =>
                                may("prices", price.workspace) && price.valid_to === null && (
                                    <div className="row-actions">
                                        <Button kind="quiet" onClick={() => setEnding(price)}>End</Button>
                                    </div>
                                ),
                        },
                    ]}
                />
            </Card>
            {isSetting && <OverrideForm onClose={() => setSetting(false)} />}
            {ending && (
                <FormDialog
                    title="End this price?"
                    action="End it now"
                    kind="danger"
                    onClose={() => setEnding(undefined)}
                    onSubmit={async () => {
                        await send("DELETE", `/v1/prices/overrides/${ending.id}`);
                        forget("/v1/prices");
                    }}
                >
                    {() => (
                        <p>
                            From now on <strong className="wrap-anywhere">{ending.key}</strong>{" "}
                            costs what the other sources say. What was recorded keeps its price.
                        </p>
                    )}
                </FormDialog>
            )}
        </PricesFrame>
    );
}

import { useState } from "react";
import { address, send } from "../../lib/api";
import { forget, useList } from "../../lib/data";
import { count, dateTime } from "../../lib/format";
import { factor } from "../../lib/rates";
import { navigate, withQuery } from "../../lib/router";
import { useMayEverywhere, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { words } from "../usage/event";
import { rateText, rateTitle } from "./price";
import { PricesFrame } from "./PricesFrame";

export interface Change {
    id: string;
    state: string;
    key: string;
    kind: string;
    guards: string[];
    detail: string;
    created_at: string;
    decided_at: string | null;
    decided_by: string | null;
    note: string | null;
    rates: { name: string; old: string | null; new: string | null }[];
}

/** Changes that a sync kept out until somebody decides. */
export default function ChangesPage() {
    const { zone, query } = useView();
    const mayAll = useMayEverywhere("prices");
    const state = query.get("state") ?? "pending";
    const list = useList<Change>(
        address("/v1/prices/changes", { state: state === "all" ? null : state, limit: 50 }),
    );
    const [decision, setDecision] = useState<{ change: Change; isApproved: boolean }>();
    return (
        <PricesFrame>
            <div className="filters">
                <SelectField
                    label="Which"
                    value={state}
                    options={[["pending", "That wait for a decision"], ["approved", "Approved"], [
                        "rejected",
                        "Rejected",
                    ], ["all", "All"]]}
                    onChange={(event) =>
                        navigate(withQuery({ state: event.target.value }), { replace: true })}
                />
            </div>
            <Card className="flush">
                <ListTable
                    label="Changes of prices"
                    list={list}
                    keyOf={(change) => change.id}
                    empty={
                        <Empty icon="check" title="Nothing to decide">
                            Suspicious changes of the price map wait here; the last good price holds
                            meanwhile.
                        </Empty>
                    }
                    columns={[
                        {
                            name: "key",
                            title: "Model",
                            show: (change) => (
                                <>
                                    <strong className="wrap-anywhere">{change.key}</strong>
                                    <span className="under">
                                        {words(change.kind)}, {dateTime(change.created_at, zone)}
                                    </span>
                                </>
                            ),
                        },
                        {
                            name: "rates",
                            title: "What changes",
                            show: (change) => <RateChanges change={change} />,
                        },
                        {
                            name: "why",
                            title: "Why it waits",
                            isExtra: true,
                            show: (change) => (
                                <>
                                    <span className="wrap-anywhere">{change.detail}</span>
                                    <span className="under">{change.guards.map(words).join(", ")}</span>
                                </>
                            ),
                        },
                        {
                            name: "state",
                            title: "",
                            show: (change) =>
                                change.state === "pending" && mayAll
                                    ? (
                                        <div className="row-actions">
                                            <Button
                                                kind="primary"
                                                onClick={() => setDecision({ change, isApproved: true })}
                                            >
                                                Approve
                                            </Button>
                                            <Button
                                                onClick={() => setDecision({ change, isApproved: false })}
                                            >
                                                Reject
                                            </Button>
                                        </div>
                                    )
                                    : (
                                        <>
                                            <Badge tone={change.state === "approved" ? "good" : "neutral"}>
                                                {change.state}
                                            </Badge>
                                            <span className="under">
                                                {[change.decided_by, change.note].filter(Boolean).join(": ")}
                                            </span>
                                        </>
                                    ),
                        },
                    ]}
                />
            </Card>
            {decision && <Decision {...decision} onClose={() => setDecision(undefined)} />}
        </PricesFrame>
    );
}

function RateChanges({ change }: { change: Change }) {
    return (
        <>
            {change.rates.map((rate) => {
                const times = factor(rate.old, rate.new);
                return (
                    <span key={rate.name} className="under">
                        {rateTitle(rate.name)}: {rate.old === null ? "none" : rateText(rate.name, rate.old)} →
                        {" "}
                        {rate.new === null ? "none" : rateText(rate.name, rate.new)}
                        {times !== null && <strong>(× {count(Math.round(times * 100) / 100)})</strong>}
                    </span>
                );
            })}
        </>
    );
}

function Decision(
    { change, isApproved, onClose }: { change: Change; isApproved: boolean; onClose: () => void },
) {
    const [note, setNote] = useState("");
    const submit = async () => {
        await send(
            "POST",
            `/v1/prices/changes/${change.id}/${isApproved ? "approve" : "reject"}`,
            note ? { note } : {},
        );
        forget("/v1/prices");
    };
    return (
        <FormDialog
            title={isApproved ? "Approve this change?" : "Reject this change?"}
            action={isApproved ? "Approve" : "Reject"}
            kind={isApproved ? "primary" : "danger"}
            onClose={onClose}
            onSubmit={submit}
        >
            {(fault) => (
                <>
                    <p>
                        {isApproved
                            ? "From now on this price holds for "
                            : "The last good price goes on to hold for "}
                        <strong className="wrap-anywhere">{change.key}</strong>.
                    </p>
                    <RateChanges change={change} />
                    <TextField
                        label="Note"
                        hint="For who asks later"
                        value={note}
                        maxLength={1000}
                        error={fault("note")}
                        onChange={(event) => setNote(event.target.value)}
                    />
                </>
            )}
        </FormDialog>
    );
}

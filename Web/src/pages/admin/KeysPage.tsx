import { useState } from "react";
import { address, send } from "../../lib/api";
import { forget, useList } from "../../lib/data";
import { ago, dateTime } from "../../lib/format";
import { useMay, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { isAlive, Key } from "./key";
import { KeyForm } from "./KeyForm";
import { NewKeyDialog } from "./NewKeyDialog";

type Window = { name: "make" } | { name: "rename" | "rotate" | "revoke"; key: Key };

/** What programs sign in with. */
export default function KeysPage() {
    const { workspace, zone } = useView();
    const may = useMay();
    const list = useList<Key>(address("/v1/api-keys", { workspace: workspace?.id, limit: 100 }));
    const [window, setWindow] = useState<Window | null>(null);
    const [fresh, setFresh] = useState<Key>();
    const close = () => setWindow(null);
    const add = may("keys") && (
        <Button kind="primary" icon="plus" onClick={() => setWindow({ name: "make" })}>New key</Button>
    );
    return (
        <Page
            title="API keys"
            lead="What programs sign in with. A key is shown once; only its hash is kept."
            actions={add}
        >
            <Card className="flush">
                <ListTable
                    label="API keys"
                    list={list}
                    keyOf={(key) => key.id}
                    empty={
                        <Empty icon="keys" title="No keys">
                            <p>A program needs one to record usage.</p>
                            {add}
                        </Empty>
                    }
                    columns={[
                        {
                            name: "name",
                            title: "Key",
                            show: (key) => (
                                <>
                                    <strong className="wrap-anywhere">{key.name}</strong>
                                    <span className="under mono">{key.prefix}…</span>
                                </>
                            ),
                        },
                        {
                            name: "for",
                            title: "For",
                            show: (key) => (
                                <>
                                    {key.source_app ?? "–"}
                                    <span className="under">{key.workspace ?? "all workspaces"}</span>
                                </>
                            ),
                        },
                        { name: "scopes", title: "May", isExtra: true, show: (key) => key.scopes.join(", ") },
                        {
                            name: "used",
                            title: "Last used",
                            show: (key) =>
                                key.last_used_at
                                    ? (
                                        <span title={dateTime(key.last_used_at, zone)}>
                                            {ago(key.last_used_at)}
                                        </span>
                                    )
                                    : "never",
                        },
                        { name: "state", title: "State", show: (key) => <KeyState item={key} zone={zone} /> },
                        {
                            name: "actions",
                            title: "",
                            show: (key) =>
                                isAlive(key) && may("keys", key.workspace) && (
                                    <div className="row-actions">
                                        <Button
                                            kind="quiet"
                                            onClick={() => setWindow({ name: "rename", key })}
                                        >
                                            Rename
                                        </Button>
                                        <Button
                                            kind="quiet"
                                            onClick={() => setWindow({ name: "rotate", key })}
                                        >
                                            Rotate
                                        </Button>
                                        <Button
                                            kind="quiet"
                                            onClick={() => setWindow({ name: "revoke", key })}
                                        >
                                            Revoke
                                        </Button>
                                    </div>
                                ),
                        },
                    ]}
                />
            </Card>
            {window?.name === "make" && <KeyForm onMade={setFresh} onClose={close} />}
            {window?.name === "rename" && <KeyForm item={window.key} onMade={setFresh} onClose={close} />}
            {window?.name === "rotate" && <Rotate item={window.key} onMade={setFresh} onClose={close} />}
            {window?.name === "revoke" && <Revoke item={window.key} onClose={close} />}
            {fresh?.key && (
                <NewKeyDialog
                    secret={fresh.key}
                    name={fresh.name}
                    onClose={() => setFresh(undefined)}
                />
            )}
        </Page>
    );
}

function KeyState({ item, zone }: { item: Key; zone: string }) {
    if (item.revoked_at) return <Badge tone="bad">revoked</Badge>;
    if (!isAlive(item)) return <Badge tone="warn">expired</Badge>;
    const isGrace = item.grace_until && Date.parse(item.grace_until) > Date.now();
    return (
        <>
            <Badge tone="good">active</Badge>
            {isGrace && item.grace_until && (
                <span className="under">the old secret works until {dateTime(item.grace_until, zone)}</span>
            )}
            {item.expires_at && <span className="under">until {dateTime(item.expires_at, zone)}</span>}
        </>
    );
}

const graces = [["0", "At once"], ["3600", "For an hour"], ["86400", "For a day"], [
    "604800",
    "For a week",
]] as const;

function Rotate({ item, onMade, onClose }: { item: Key; onMade: (key: Key) => void; onClose: () => void }) {
    const [grace, setGrace] = useState("86400");
    const submit = async () => {
        onMade(await send<Key>("POST", `/v1/api-keys/${item.id}/rotate`, { grace_seconds: Number(grace) }));
        forget("/v1/api-keys");
    };
    return (
        <FormDialog title={`Rotate ${item.name}?`} action="Rotate" onClose={onClose} onSubmit={submit}>
            {(fault) => (
                <>
                    <p>The key gets a new secret and keeps its id, name and rights.</p>
                    <SelectField
                        label="The old secret stops working"
                        value={grace}
                        options={graces.map(([value, text]) =>
                            [value, value === "0" ? text : `${text} it still works`] as const
                        )}
                        error={fault("grace_seconds")}
                        onChange={(event) => setGrace(event.target.value)}
                    />
                </>
            )}
        </FormDialog>
    );
}

function Revoke({ item, onClose }: { item: Key; onClose: () => void }) {
    const submit = async () => {
        await send("POST", `/v1/api-keys/${item.id}/revoke`);
        forget("/v1/api-keys");
    };
    return (
        <FormDialog
            title={`Revoke ${item.name}?`}
            action="Revoke"
            kind="danger"
            onClose={onClose}
            onSubmit={submit}
        >
            {() => (
                <p>
                    Programs that use it are refused within a second, everywhere. This cannot be undone.
                </p>
            )}
        </FormDialog>
    );
}

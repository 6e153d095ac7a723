import { useState } from "react";
import { address, send } from "../../lib/api";
import { forget, useList } from "../../lib/data";
import { date } from "../../lib/format";
import { useMay, useView } from "../../lib/session";
import { Button, CopyButton } from "../../ui/Button";
import { Dialog, FormDialog } from "../../ui/Dialog";
import { ListTable } from "../../ui/ListTable";
import { Card, Page } from "../../ui/Page";
import { Empty, Tone } from "../../ui/States";
import { kindText } from "./alert";
import { AlertTabs } from "./AlertsPage";
import { Channel, ChannelForm } from "./ChannelForm";

const kinds: Record<string, string> = { email: "E-mail", webhook: "Webhook", slack: "Slack" };

/** Where alerts go beside the people that budgets name. */
export default function ChannelsPage() {
    const { workspace, zone } = useView();
    const may = useMay();
    const list = useList<Channel>(address("/v1/channels", { workspace: workspace?.id }));
    const [window, setWindow] = useState<{ name: "form" | "remove"; channel?: Channel } | null>(null);
    const [secret, setSecret] = useState<string>();
    const add = may("channels") && (
        <Button
            kind="primary"
            icon="plus"
            onClick={() => setWindow({ name: "form" })}
        >
            New channel
        </Button>
    );
    return (
        <Page title="Alerts" lead="Channels take alerts to e-mail, webhooks and Slack." actions={add}>
            <AlertTabs />
            <Card className="flush">
                <ListTable
                    label="Channels"
                    list={list}
                    keyOf={(channel) => channel.id}
                    empty={
                        <Empty icon="alerts" title="No channels">
                            <p>Budgets tell the people they name. Channels tell everybody else.</p>
                            {add}
                        </Empty>
                    }
                    columns={[
                        {
                            name: "name",
                            title: "Channel",
                            show: (channel) => (
                                <>
                                    <strong>{channel.name}</strong>
                                    <span className="under">
                                        {kinds[channel.kind] ?? channel.kind},{" "}
                                        {channel.workspace ?? "all workspaces"}
                                    </span>
                                </>
                            ),
                        },
                        {
                            name: "target",
                            title: "Goes to",
                            show: (channel) => <span className="mono wrap-anywhere">{channel.target}</span>,
                        },
                        {
                            name: "events",
                            title: "What",
                            isExtra: true,
                            show: (channel) =>
                                channel.events.length
                                    ? channel.events.map(kindText).join(", ")
                                    : "Everything",
                        },
                        {
                            name: "made",
                            title: "Made",
                            isExtra: true,
                            show: (channel) => date(channel.created_at, zone),
                        },
                        {
                            name: "actions",
                            title: "",
                            show: (channel) =>
                                may("channels", channel.workspace) && (
                                    <div className="row-actions">
                                        <TestButton channel={channel} />
                                        <Button
                                            kind="quiet"
                                            onClick={() => setWindow({ name: "form", channel })}
                                        >
                                            Change
                                        </Button>
                                        <Button
                                            kind="quiet"
                                            onClick={() => setWindow({ name: "remove", channel })}
                                        >
                                            Remove
                                        </Button>
                                    </div>
                                ),
                        },
                    ]}
                />
            </Card>
            {window?.name === "form" && (
                <ChannelForm
                    {...(window.channel ? { channel: window.channel } : {})}
                    onSecret={setSecret}
                    onClose={() => setWindow(null)}
                />
            )}
            {window?.name === "remove" && window.channel && (
                <Removal
                    channel={window.channel}
                    onClose={() => setWindow(null)}
                />
            )}
            {secret && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
        </Page>
    );
}

function Removal({ channel, onClose }: { channel: Channel; onClose: () => void }) {
    const submit = async () => {
        await send("DELETE", `/v1/channels/${channel.id}`);
        forget("/v1/channels");
    };
    return (
        <FormDialog
            title="Remove this channel?"
            action="Remove"
            kind="danger"
            onClose={onClose}
            onSubmit={submit}
        >
            {() => (
                <p>
                    Alerts will no longer go to{" "}
                    <strong className="wrap-anywhere">{channel.name}</strong>. What was sent stays in the log.
                </p>
            )}
        </FormDialog>
    );
}

/** A secret that is shown once. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
    return (
        <Dialog title="The signing secret" onClose={onClose}>
            <div className="dialog-body">
                <p>Whoever receives the webhook checks its signature with this. It is shown this once.</p>
                <pre className="wrap-anywhere">{secret}</pre>
                <div className="actions">
                    <CopyButton text={secret} kind="primary" />
                    <Button onClick={onClose}>Done</Button>
                </div>
            </div>
        </Dialog>
    );
}

function TestButton({ channel }: { channel: Channel }) {
    const [isBusy, setBusy] = useState(false);
    const [result, setResult] = useState<{ tone: Tone; text: string }>();
    const test = async () => {
        setBusy(true);
        setResult(undefined);
        try {
            const answer = await send<{ delivered: boolean; detail: string }>(
                "POST",
                `/v1/channels/${channel.id}/test`,
            );
            setResult({
                tone: answer.delivered ? "good" : "bad",
                text: answer.delivered ? "Delivered." : answer.detail,
            });
        } catch (error) {
            setResult({ tone: "bad", text: error instanceof Error ? error.message : String(error) });
        } finally {
            setBusy(false);
        }
    };
    return (
        <>
            <Button kind="quiet" isBusy={isBusy} onClick={test}>Send a test</Button>
            {result && (
                <p className={`note ${result.tone}`} role="status">
                    <span>{result.text}</span>
                </p>
            )}
        </>
    );
}

import { useState } from "react";
import { send } from "../../lib/api";
import { forget } from "../../lib/data";
import { useMayEverywhere, useSession, useView } from "../../lib/session";
import { FormDialog } from "../../ui/Dialog";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { alertKinds } from "./alert";

export interface Channel {
    id: string;
    workspace: string | null;
    name: string;
    kind: "email" | "webhook" | "slack";
    target: string;
    events: string[];
    secret?: string;
    version: number;
    created_at: string;
    created_by: string;
}

interface ChannelFormProps {
    channel?: Channel;
    onSecret: (secret: string) => void;
    onClose: () => void;
}

const targets = {
    email: ["Address", "team@example.com"],
    webhook: ["URL", "https://example.com/hooks/oliver"],
    slack: ["Incoming webhook's URL", "https://hooks.slack.com/services/…"],
} as const;

/** Makes a channel, or changes one. */
export function ChannelForm({ channel, onSecret, onClose }: ChannelFormProps) {
    const { workspace } = useView();
    const { workspaces } = useSession();
    const mayAll = useMayEverywhere("channels");
    const [name, setName] = useState(channel?.name ?? "");
    const [kind, setKind] = useState<Channel["kind"]>(channel?.kind ?? "email");
    const [place, setPlace] = useState(channel?.workspace ?? workspace?.id ?? "");
    // What is shown of a target may hide its secret parts: it is only sent when somebody types a new one.
    const [target, setTarget] = useState("");
    const [events, setEvents] = useState(channel?.events ?? []);
    const submit = async () => {
        const common = { name, events, ...(target.trim() || !channel ? { target: target.trim() } : {}) };
        const saved = channel
            ? await send<Channel>("PATCH", `/v1/channels/${channel.id}`, common)
            : await send<Channel>("POST", "/v1/channels", {
                ...common,
                kind,
                ...(place ? { workspace: place } : {}),
            });
        forget("/v1/channels");
        if (saved.secret) onSecret(saved.secret);
    };
    const flip = (event: string) =>
        setEvents(events.includes(event) ? events.filter((other) => other !== event) : [...events, event]);
    const all = mayAll ? [["", "All workspaces"] as const] : [];
    return (
        <FormDialog
            title={channel ? "Change channel" : "New channel"}
            action={channel ? "Save" : "Make channel"}
            onClose={onClose}
            onSubmit={submit}
        >
            {(fault) => (
                <>
                    <TextField
                        label="Name"
                        value={name}
                        maxLength={128}
                        error={fault("name")}
                        onChange={(event) => setName(event.target.value)}
                    />
                    {!channel && (
                        <div className="row">
                            <SelectField
                                label="Kind"
                                value={kind}
                                error={fault("kind")}
                                options={[["email", "E-mail"], ["webhook", "Webhook, signed"], [
                                    "slack",
                                    "Slack",
                                ]]}
                                onChange={(event) => setKind(event.target.value as Channel["kind"])}
                            />
                            <SelectField
                                label="Alerts of"
                                value={place}
                                error={fault("workspace")}
                                options={[
                                    ...all,
                                    ...workspaces.map((one) => [one.id, one.name || one.id] as const),
                                ]}
                                onChange={(event) => setPlace(event.target.value)}
                            />
                        </div>
                    )}
                    <TextField
                        label={targets[kind][0]}
                        value={target}
                        placeholder={channel?.target ?? targets[kind][1]}
                        error={fault("target")}
                        {...(channel ? { hint: "Leave it empty to keep what is there." } : {})}
                        onChange={(event) => setTarget(event.target.value)}
                    />
                    <fieldset>
                        <legend>What it is told of</legend>
                        <p className="muted small">Nothing ticked means everything.</p>
                        <div className="checks">
                            {alertKinds.map(([value, text]) => (
                                <CheckField
                                    key={value}
                                    label={text}
                                    checked={events.includes(value)}
                                    onChange={() => flip(value)}
                                />
                            ))}
                        </div>
                        {fault("events") && <p className="fault">{fault("events")}</p>}
                    </fieldset>
                </>
            )}
        </FormDialog>
    );
}

import { useState } from "react";
import { send } from "../../lib/api";
import { forget } from "../../lib/data";
import { useMayEverywhere, useSession, useView } from "../../lib/session";
import { addDays, isDay, startOfDay } from "../../lib/time";
import { FormDialog } from "../../ui/Dialog";
import { CheckField, SelectField, TextField } from "../../ui/Field";
import { Key, scopes } from "./key";

interface KeyFormProps {
    /** The key that gets another name; a new one is made when there is none. */
    item?: Key;
    onMade: (key: Key) => void;
    onClose: () => void;
}

/** Makes a key, or renames one. */
export function KeyForm({ item, onMade, onClose }: KeyFormProps) {
    const { workspace, zone } = useView();
    const { workspaces } = useSession();
    const mayAll = useMayEverywhere("keys");
    const [name, setName] = useState(item?.name ?? "");
    const [app, setApp] = useState("");
    const [place, setPlace] = useState(workspace?.id ?? workspaces[0]?.id ?? "");
    const [chosen, setChosen] = useState<string[]>(["record", "preflight"]);
    const [last, setLast] = useState("");
    const submit = async () => {
        if (item) {
            await send(
                "PATCH",
                `/v1/api-keys/${item.id}`,
                { name: name.trim() },
                item.version === undefined ? "*" : `"${item.version}"`,
            );
        } else {
            const expires = isDay(last)
                ? { expires_at: new Date(startOfDay(addDays(last, 1), zone)).toISOString() }
                : {};
            const made = await send<Key>("POST", "/v1/api-keys", {
                name: name.trim(),
                source_app: app.trim() || name.trim(),
                workspace: place || null,
                scopes: chosen,
                ...expires,
            });
            onMade(made);
        }
        forget("/v1/api-keys");
    };
    const flip = (scope: string) =>
        setChosen(chosen.includes(scope) ? chosen.filter((other) => other !== scope) : [...chosen, scope]);
    const all = mayAll ? [["", "All workspaces"] as const] : [];
    return (
        <FormDialog
            title={item ? "Rename key" : "New key"}
            action={item ? "Save" : "Make key"}
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
                        placeholder="Chatbot, production"
                        onChange={(event) => setName(event.target.value)}
                    />
                    {!item && (
                        <>
                            <div className="row">
                                <TextField
                                    label="Source app"
                                    hint="Reports show its spend under this name"
                                    value={app}
                                    maxLength={128}
                                    error={fault("source_app")}
                                    placeholder={name}
                                    onChange={(event) => setApp(event.target.value)}
                                />
                                <SelectField
                                    label="Workspace"
                                    value={place}
                                    error={fault("workspace")}
                                    options={[
                                        ...all,
                                        ...workspaces.map((one) => [one.id, one.name || one.id] as const),
                                    ]}
                                    onChange={(event) => setPlace(event.target.value)}
                                />
                            </div>
                            <fieldset>
                                <legend>What it may do</legend>
                                <div className="checks">
                                    {scopes.map(([scope, text]) => (
                                        <CheckField
                                            key={scope}
                                            label={text}
                                            checked={chosen.includes(scope)}
                                            onChange={() => flip(scope)}
                                        />
                                    ))}
                                </div>
                                {fault("scopes") && <p className="fault">{fault("scopes")}</p>}
                            </fieldset>
                            <TextField
                                label="Last day it works"
                                type="date"
                                hint="Empty: until it is revoked"
                                value={last}
                                error={fault("expires_at")}
                                onChange={(event) => setLast(event.target.value)}
                            />
                        </>
                    )}
                </>
            )}
        </FormDialog>
    );
}

import { useState } from "react";
import { address, send } from "../../lib/api";
import { forget } from "../../lib/data";
import { FormDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { etagOf, Kind, kindTitles } from "./directory";
import { IdField } from "../../app/IdField";

interface MemberFormProps {
    kind: Kind;
    workspace: string;
    member?: {
        id: string;
        name: string | null;
        team?: string | null;
        email?: string | null;
        version: number;
    };
    onClose: () => void;
}

/** Makes a team, project or user, or changes one. */
export function MemberForm({ kind, workspace, member, onClose }: MemberFormProps) {
    const [id, setID] = useState("");
    const [name, setName] = useState(member?.name ?? "");
    const [team, setTeam] = useState(member?.team ?? "");
    const [email, setEmail] = useState(member?.email ?? "");
    const [one] = kindTitles[kind];
    const submit = async () => {
        const common = {
            name: name.trim(),
            ...(kind === "teams" ? {} : { team: team.trim() || null }),
            ...(kind === "users" ? { email: email.trim() || null } : {}),
        };
        if (member) {
            await send(
                "PATCH",
                address(`/v1/${kind}/${encodeURIComponent(member.id)}`, { workspace }),
                common,
                etagOf(member),
            );
        } else await send("POST", `/v1/${kind}`, { ...common, id: id.trim(), workspace });
        forget(`/v1/${kind}`);
    };
    return (
        <FormDialog
            title={member ? `Change ${one}` : `New ${one}`}
            action={member ? "Save" : `Make ${one}`}
            onClose={onClose}
            onSubmit={submit}
        >
            {(fault) => (
                <>
                    {!member && (
                        <TextField
                            label="Id"
                            hint="As events name it"
                            value={id}
                            maxLength={128}
                            error={fault("id")}
                            onChange={(event) => setID(event.target.value)}
                        />
                    )}
                    <TextField
                        label="Name"
                        value={name}
                        maxLength={128}
                        error={fault("name")}
                        onChange={(event) => setName(event.target.value)}
                    />
                    {kind !== "teams" && (
                        <IdField
                            label="Team"
                            hint="Its id"
                            kind="teams"
                            workspace={workspace}
                            value={team}
                            error={fault("team")}
                            onChange={(event) => setTeam(event.target.value)}
                        />
                    )}
                    {kind === "users" && (
                        <TextField
                            label="E-mail"
                            type="email"
                            value={email}
                            error={fault("email")}
                            onChange={(event) => setEmail(event.target.value)}
                        />
                    )}
                </>
            )}
        </FormDialog>
    );
}

import { useState } from "react";
import { send } from "../../lib/api";
import { forget } from "../../lib/data";
import { FormDialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import { IdField } from "../../app/IdField";
import { Membership, parts } from "./directory";

interface MembershipFormProps {
    workspace: string;
    team: string;
    user: string;
    onClose: () => void;
}

/** Puts a user into a team. */
export function MembershipForm(
    { workspace, team: firstTeam, user: firstUser, onClose }: MembershipFormProps,
) {
    const [team, setTeam] = useState(firstTeam);
    const [user, setUser] = useState(firstUser);
    const [role, setRole] = useState<Membership["role"]>("member");
    const submit = async () => {
        await send("PUT", "/v1/memberships", { workspace, team: team.trim(), user: user.trim(), role });
        forget("/v1/memberships");
    };
    return (
        <FormDialog title="New membership" action="Put into the team" onClose={onClose} onSubmit={submit}>
            {(fault) => (
                <>
                    <IdField
                        label="User"
                        kind="users"
                        workspace={workspace}
                        value={user}
                        error={fault("user")}
                        onChange={(event) => setUser(event.target.value)}
                    />
                    <IdField
                        label="Team"
                        kind="teams"
                        workspace={workspace}
                        value={team}
                        error={fault("team")}
                        onChange={(event) => setTeam(event.target.value)}
                    />
                    <SelectField
                        label="As"
                        value={role}
                        options={parts}
                        error={fault("role")}
                        onChange={(event) => setRole(event.target.value as Membership["role"])}
                    />
                </>
            )}
        </FormDialog>
    );
}

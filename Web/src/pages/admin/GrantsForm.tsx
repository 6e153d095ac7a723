import { useEffect, useState } from "react";
import { send } from "../../lib/api";
import { forget, useData } from "../../lib/data";
import { useSession } from "../../lib/session";
import { Button, IconButton } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { Skeleton } from "../../ui/States";
import { Grant, Person, roles } from "./person";

/** What a person may do where. */
export function GrantsForm({ person, onClose }: { person: Person; onClose: () => void }) {
    const data = useData<{ grants: Grant[] }>(`/v1/people/${person.id}/grants`);
    const [grants, setGrants] = useState<Grant[] | null>(null);
    useEffect(() => {
        if (data.body && grants === null) setGrants(data.body.grants);
    }, [data.body, grants]);
    const submit = async () => {
        if (grants === null) return false;
        await send("PUT", `/v1/people/${person.id}/grants`, { grants }, data.etag);
        forget("/v1/people");
        return true;
    };
    const set = (index: number, grant: Grant) =>
        setGrants((all) => all?.map((other, place) => place === index ? grant : other) ?? null);
    return (
        <FormDialog
            title={`Roles of ${person.name || person.email}`}
            action="Save"
            isWide
            onClose={onClose}
            onSubmit={submit}
        >
            {(fault) =>
                grants === null ? <Skeleton height={80} /> : (
                    <>
                        {grants.map((grant, index) => (
                            <GrantRow
                                key={index}
                                grant={grant}
                                onChange={(next) => set(index, next)}
                                onRemove={() => setGrants(grants.filter((_, place) => place !== index))}
                            />
                        ))}
                        {!grants.length && (
                            <p className="note warn">
                                Without a role there is nothing to see after signing in.
                            </p>
                        )}
                        {fault("grants") && <p className="note bad">{fault("grants")}</p>}
                        <Button
                            icon="plus"
                            onClick={() =>
                                setGrants([...grants, { role: "viewer", workspace: null, team: null }])}
                        >
                            Add a role
                        </Button>
                    </>
                )}
        </FormDialog>
    );
}

function GrantRow(
    { grant, onChange, onRemove }: { grant: Grant; onChange: (grant: Grant) => void; onRemove: () => void },
) {
    const { workspaces } = useSession();
    const places = [
        ["", "Everywhere"] as const,
        ...workspaces.map((place) => [place.id, place.name || place.id] as const),
    ];
    return (
        <div className="grant">
            <SelectField
                label="Role"
                options={roles}
                value={grant.role}
                onChange={(event) => onChange({ ...grant, role: event.target.value })}
            />
            <SelectField
                label="Where"
                options={places}
                value={grant.workspace ?? ""}
                onChange={(event) =>
                    onChange({ ...grant, workspace: event.target.value || null, team: null })}
            />
            {grant.workspace && (
                <TextField
                    label="Team only"
                    placeholder="all teams"
                    value={grant.team ?? ""}
                    onChange={(event) => onChange({ ...grant, team: event.target.value || null })}
                />
            )}
            <IconButton icon="close" label="Take this role away" onClick={onRemove} />
        </div>
    );
}

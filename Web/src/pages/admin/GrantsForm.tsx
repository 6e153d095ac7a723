import { useEffect, useState } from "react";
import { IdField } from "../../app/IdField";
import { send } from "../../lib/api";
import { forget, useData } from "../../lib/data";
import { Button, IconButton } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { SelectField } from "../../ui/Field";
import { Skeleton } from "../../ui/States";
import { Grant, grantText, newGrant, Person, roles, useGrantPlaces } from "./person";

/** What a person may do where. */
export function GrantsForm({ person, onClose }: { person: Person; onClose: () => void }) {
    const data = useData<{ grants: Grant[] }>(`/v1/people/${person.id}/grants`);
    const [grants, setGrants] = useState<Grant[] | null>(null);
    const places = useGrantPlaces();
    const isOwn = (grant: Grant) => places.some(([id]) => id === (grant.workspace ?? ""));
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
                        {grants.map((grant, index) =>
                            isOwn(grant)
                                ? (
                                    <GrantRow
                                        key={index}
                                        grant={grant}
                                        onChange={(next) => set(index, next)}
                                        onRemove={() =>
                                            setGrants(grants.filter((_, place) => place !== index))}
                                    />
                                )
                                : <p key={index} className="note">{grantText(grant)}</p>
                        )}
                        {!grants.length && (
                            <p className="note warn">
                                Without a role there is nothing to see after signing in.
                            </p>
                        )}
                        {fault("grants") && <p className="note bad">{fault("grants")}</p>}
                        <Button
                            icon="plus"
                            onClick={() => setGrants([...grants, newGrant(places)])}
                        >
                            Add a role
                        </Button>
                    </>
                )}
        </FormDialog>
    );
}

/** One role and where it holds. */
export function GrantRow(
    { grant, onChange, onRemove }: { grant: Grant; onChange: (grant: Grant) => void; onRemove?: () => void },
) {
    const places = useGrantPlaces();
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
                <IdField
                    label="Team only"
                    kind="teams"
                    workspace={grant.workspace}
                    placeholder="all teams"
                    value={grant.team ?? ""}
                    onChange={(event) => onChange({ ...grant, team: event.target.value || null })}
                />
            )}
            {onRemove && <IconButton icon="close" label="Take this role away" onClick={onRemove} />}
        </div>
    );
}

import { useState } from "react";
import { send } from "../../lib/api";
import { forget, useList } from "../../lib/data";
import { ago } from "../../lib/format";
import { useMay, useMayEverywhere, useSession } from "../../lib/session";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { toast } from "../../ui/Toast";
import { GrantRow, GrantsForm } from "./GrantsForm";
import { grantText, newGrant, Person, useGrantPlaces } from "./person";

/** Who may sign in, and what they may do. */
export default function PeoplePage() {
    const list = useList<Person>("/v1/people?limit=100");
    const { person: self } = useSession();
    const may = useMay();
    const mayAll = useMayEverywhere("people");
    const [isMaking, setMaking] = useState(false);
    const [granting, setGranting] = useState<Person>();
    const add = may("people") && (
        <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>New person</Button>
    );
    const flip = async (person: Person) => {
        try {
            await send(
                "PATCH",
                `/v1/people/${person.id}`,
                { disabled: !person.disabled_at },
                person.version === undefined ? "*" : `"${person.version}"`,
            );
        } catch (error) {
            toast(error instanceof Error ? error.message : String(error));
        }
        forget("/v1/people");
    };
    return (
        <Page title="People" lead="Who may sign in, and what they may do where." actions={add}>
            <Card className="flush">
                <ListTable
                    label="People"
                    list={list}
                    keyOf={(person) => person.id}
                    empty={<Empty icon="people" title="Nobody yet">{add}</Empty>}
                    columns={[
                        {
                            name: "name",
                            title: "Person",
                            show: (person) => (
                                <>
                                    <strong className="wrap-anywhere">{person.name || person.email}</strong>
                                    <span className="under">
                                        {[person.email, person.id === self.id && "you"].filter(Boolean).join(
                                            ", ",
                                        )}
                                    </span>
                                </>
                            ),
                        },
                        {
                            name: "grants",
                            title: "May",
                            show: (person) =>
                                person.grants?.length
                                    ? person.grants.map((grant, index) => (
                                        <div key={index}>{grantText(grant)}</div>
                                    ))
                                    : <Badge tone="warn">nothing yet</Badge>,
                        },
                        {
                            name: "provider",
                            title: "Signs in by",
                            isExtra: true,
                            show: (person) => person.provider ?? "password or link",
                        },
                        {
                            name: "users",
                            title: "Is user",
                            isExtra: true,
                            show: (person) =>
                                person.users?.length
                                    ? person.users.map((user) => (
                                        <span key={`${user.workspace} ${user.id}`} className="under">
                                            {user.id} in {user.workspace}
                                        </span>
                                    ))
                                    : "–",
                        },
                        {
                            name: "seen",
                            title: "Last seen",
                            isExtra: true,
                            show: (person) => person.last_seen_at ? ago(person.last_seen_at) : "–",
                        },
                        {
                            name: "state",
                            title: "State",
                            show: (person) =>
                                person.disabled_at
                                    ? <Badge tone="bad">switched off</Badge>
                                    : <Badge tone="good">active</Badge>,
                        },
                        {
                            name: "actions",
                            title: "",
                            show: (person) =>
                                may("people") && (
                                    <div className="row-actions">
                                        <Button
                                            kind="quiet"
                                            onClick={() => setGranting(person)}
                                        >
                                            Roles
                                        </Button>
                                        {mayAll && person.id !== self.id && (
                                            <Button
                                                kind="quiet"
                                                onClick={() => flip(person)}
                                            >
                                                {person.disabled_at ? "Switch on" : "Switch off"}
                                            </Button>
                                        )}
                                    </div>
                                ),
                        },
                    ]}
                />
            </Card>
            {isMaking && <PersonForm onMade={setGranting} onClose={() => setMaking(false)} />}
            {granting && <GrantsForm person={granting} onClose={() => setGranting(undefined)} />}
        </Page>
    );
}

function PersonForm({ onMade, onClose }: { onMade: (person: Person) => void; onClose: () => void }) {
    const [email, setEmail] = useState("");
    const [name, setName] = useState("");
    const mayAll = useMayEverywhere("people");
    const [grant, setGrant] = useState(newGrant(useGrantPlaces()));
    const submit = async () => {
        const person = { email: email.trim(), name: name.trim() };
        // Who manages one workspace lets people into it; without a role there they would not see them.
        const made = await send<Person>(
            "POST",
            "/v1/people",
            mayAll ? person : { ...person, grants: [grant] },
        );
        forget("/v1/people");
        onMade(made);
    };
    return (
        <FormDialog title="New person" action="Next: roles" onClose={onClose} onSubmit={submit}>
            {(fault) => (
                <>
                    <TextField
                        label="E-mail"
                        type="email"
                        hint="As the provider they sign in with knows it"
                        value={email}
                        error={fault("email")}
                        onChange={(event) => setEmail(event.target.value)}
                    />
                    <TextField
                        label="Name"
                        value={name}
                        maxLength={128}
                        error={fault("name")}
                        onChange={(event) => setName(event.target.value)}
                    />
                    {!mayAll && <GrantRow grant={grant} onChange={setGrant} />}
                </>
            )}
        </FormDialog>
    );
}

import { FormEvent, useState } from "react";
import { address, send } from "../../lib/api";
import { forget, useList } from "../../lib/data";
import { navigate, withQuery } from "../../lib/router";
import { Link } from "../../lib/router";
import { useMay, useSession, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { CheckField, TextField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { toast } from "../../ui/Toast";
import { etagOf, Kind, kindTitles, Project, Team, User } from "./directory";
import { DirectoryTabs } from "./DirectoryTabs";
import { MemberForm } from "./MemberForm";
import { Named } from "./Named";

type Member = Team & Partial<Pick<Project, "team"> & Pick<User, "email">>;

const dimensionOf: Record<Kind, string> = { teams: "team", projects: "project", users: "user" };

/** The teams, projects or users of a workspace. */
export default function MembersPage({ kind }: { kind: string }) {
    const known = kind in kindTitles;
    return known ? <Members key={kind} kind={kind as Kind} /> : <Empty title="There is no such page" />;
}

function Members({ kind }: { kind: Kind }) {
    const view = useView();
    const { workspaces } = useSession();
    const may = useMay();
    const workspace = view.workspace ?? workspaces[0] ?? null;
    const search = view.query.get("q") ?? "";
    const list = useList<Member>(
        workspace && address(`/v1/${kind}`, { workspace: workspace.id, q: search, limit: 100 }),
    );
    const [window, setWindow] = useState<{ name: "form" | "erase"; member?: Member } | null>(null);
    const [one, many] = kindTitles[kind];
    const mayEdit = workspace !== null && may("directory", workspace.id);
    const archive = async (member: Member) => {
        try {
            await send(
                "POST",
                address(
                    `/v1/${kind}/${encodeURIComponent(member.id)}/${
                        member.archived_at ? "restore" : "archive"
                    }`,
                    { workspace: member.workspace },
                ),
                undefined,
                etagOf(member),
            );
        } catch (error) {
            toast(error instanceof Error ? error.message : String(error));
        }
        forget(`/v1/${kind}`);
    };
    const add = mayEdit && (
        <Button kind="primary" icon="plus" onClick={() => setWindow({ name: "form" })}>New {one}</Button>
    );
    return (
        <Page
            title="Directory"
            lead={`${many} of ${
                workspace?.name || workspace?.id || "no workspace"
            }. Recording for an unknown one makes it.`}
            actions={add}
        >
            <DirectoryTabs />
            <Search key={search} search={search} />
            <Card className="flush">
                <ListTable
                    label={many}
                    list={list}
                    keyOf={(member) => member.id}
                    empty={
                        <Empty
                            icon="directory"
                            title={search ? "Nothing found" : `No ${many.toLowerCase()} yet`}
                        >
                            They come by themselves with the first event that names them, or by an upsert.
                        </Empty>
                    }
                    columns={[
                        {
                            name: "name",
                            title: "Name",
                            show: (member) => (
                                <Named
                                    to={address("/", {
                                        workspace: member.workspace,
                                        [dimensionOf[kind]]: member.id,
                                    })}
                                    name={member.name}
                                    id={member.id}
                                />
                            ),
                        },
                        kind !== "teams" &&
                        { name: "team", title: "Team", show: (member) => member.team ?? "–" },
                        kind === "users" &&
                        {
                            name: "email",
                            title: "E-mail",
                            isExtra: true,
                            show: (member) => member.email ?? "–",
                        },
                        {
                            name: "state",
                            title: "State",
                            show: (member) =>
                                member.archived_at
                                    ? <Badge tone="warn">archived</Badge>
                                    : <Badge tone="good">active</Badge>,
                        },
                        kind !== "projects" && {
                            name: "memberships",
                            title: "",
                            isExtra: true,
                            show: (member) => (
                                <Link
                                    to={address("/directory/memberships", {
                                        workspace: member.workspace,
                                        [dimensionOf[kind]]: member.id,
                                    })}
                                >
                                    {kind === "teams" ? "Members" : "Teams"}
                                </Link>
                            ),
                        },
                        {
                            name: "actions",
                            title: "",
                            show: (member) =>
                                mayEdit && (
                                    <div className="row-actions">
                                        <Button
                                            kind="quiet"
                                            onClick={() => setWindow({ name: "form", member })}
                                        >
                                            Change
                                        </Button>
                                        <Button kind="quiet" onClick={() => archive(member)}>
                                            {member.archived_at ? "Restore" : "Archive"}
                                        </Button>
                                        {kind === "users" && (
                                            <Button
                                                kind="quiet"
                                                onClick={() => setWindow({ name: "erase", member })}
                                            >
                                                Erase
                                            </Button>
                                        )}
                                    </div>
                                ),
                        },
                    ]}
                />
            </Card>
            {window?.name === "form" && workspace && (
                <MemberForm
                    kind={kind}
                    workspace={workspace.id}
                    {...(window.member ? { member: window.member } : {})}
                    onClose={() => setWindow(null)}
                />
            )}
            {window?.name === "erase" && window.member && (
                <Erase
                    member={window.member}
                    onClose={() => setWindow(null)}
                />
            )}
        </Page>
    );
}

function Search({ search }: { search: string }) {
    const [text, setText] = useState(search);
    const submit = (event: FormEvent) => {
        event.preventDefault();
        navigate(withQuery({ q: text.trim() || null }), { replace: true });
    };
    return (
        <form className="filters" role="search" onSubmit={submit}>
            <TextField
                label="Search"
                type="search"
                value={text}
                onChange={(event) => setText(event.target.value)}
            />
            <Button type="submit" icon="search">Search</Button>
        </form>
    );
}

/** Takes a person's name out of everything, for good. */
function Erase({ member, onClose }: { member: Member; onClose: () => void }) {
    const [isSure, setSure] = useState(false);
    const submit = async () => {
        await send(
            "POST",
            address(`/v1/users/${encodeURIComponent(member.id)}/erase`, { workspace: member.workspace }),
            undefined,
            etagOf(member),
        );
        forget("/v1/users");
        toast("The user is erased. Sums and budgets stay exact.");
    };
    return (
        <FormDialog
            title="Erase this user?"
            action="Erase for good"
            kind="danger"
            onClose={onClose}
            onSubmit={async () => isSure ? await submit() : false}
        >
            {() => (
                <>
                    <p>
                        A pseudonym takes the place of{" "}
                        <strong className="wrap-anywhere">{member.name || member.id}</strong>{" "}
                        in events, budgets and the audit log. This cannot be undone. Later events of the same
                        id make a new user.
                    </p>
                    <CheckField
                        label="I understand that this is for good"
                        checked={isSure}
                        onChange={(event) => setSure(event.target.checked)}
                    />
                </>
            )}
        </FormDialog>
    );
}

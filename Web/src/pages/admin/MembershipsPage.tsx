import { FormEvent, useState } from "react";
import { address, send } from "../../lib/api";
import { forget, useList } from "../../lib/data";
import { date } from "../../lib/format";
import { navigate, withQuery } from "../../lib/router";
import { useMay, useSession, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { ListTable } from "../../ui/ListTable";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { toast } from "../../ui/Toast";
import { Membership } from "./directory";
import { DirectoryTabs } from "./DirectoryTabs";
import { IdField } from "../../app/IdField";
import { MembershipForm } from "./MembershipForm";
import { Named } from "./Named";

/** Who belongs to which team. */
export default function MembershipsPage() {
    const view = useView();
    const { workspaces } = useSession();
    const may = useMay();
    const workspace = view.workspace ?? workspaces[0] ?? null;
    const [team, user] = [view.query.get("team") ?? "", view.query.get("user") ?? ""];
    const list = useList<Membership>(
        workspace && address("/v1/memberships", { workspace: workspace.id, team, user, limit: 100 }),
    );
    const [isMaking, setMaking] = useState(false);
    const mayEdit = workspace !== null && may("directory", workspace.id);
    const add = mayEdit && (
        <Button kind="primary" icon="plus" onClick={() => setMaking(true)}>New membership</Button>
    );
    return (
        <Page
            title="Directory"
            lead={`Which users belong to which teams of ${
                workspace?.name || workspace?.id || "no workspace"
            }.`}
            actions={add}
        >
            <DirectoryTabs />
            {workspace && <Search key={`${team} ${user}`} workspace={workspace.id} team={team} user={user} />}
            <Card className="flush">
                <ListTable
                    label="Memberships"
                    list={list}
                    keyOf={(one) => JSON.stringify([one.team, one.user])}
                    empty={
                        <Empty
                            icon="people"
                            title={team || user ? "No such membership" : "Nobody belongs to a team yet"}
                        >
                            <p>
                                They come by an upsert, or are made here. Reports go by the team an event
                                names.
                            </p>
                        </Empty>
                    }
                    columns={[
                        {
                            name: "user",
                            title: "User",
                            show: (one) => (
                                <Named
                                    to={address("/directory/users", { q: one.user })}
                                    name={one.user_name}
                                    id={one.user}
                                />
                            ),
                        },
                        {
                            name: "email",
                            title: "E-mail",
                            isExtra: true,
                            show: (one) => one.user_email ?? "–",
                        },
                        {
                            name: "team",
                            title: "Team",
                            show: (one) => (
                                <Named
                                    to={address("/directory/teams", { q: one.team })}
                                    name={one.team_name}
                                    id={one.team}
                                />
                            ),
                        },
                        {
                            name: "role",
                            title: "As",
                            show: (one) => (
                                <Badge tone={one.role === "lead" ? "info" : "neutral"}>{one.role}</Badge>
                            ),
                        },
                        {
                            name: "since",
                            title: "Since",
                            isExtra: true,
                            show: (one) => date(one.created_at, view.zone),
                        },
                        mayEdit && {
                            name: "actions",
                            title: "",
                            show: (one) => <Actions membership={one} />,
                        },
                    ]}
                />
            </Card>
            {isMaking && workspace && (
                <MembershipForm
                    workspace={workspace.id}
                    team={team}
                    user={user}
                    onClose={() => setMaking(false)}
                />
            )}
        </Page>
    );
}

function Actions({ membership }: { membership: Membership }) {
    const { workspace, team, user } = membership;
    const change = async (work: Promise<unknown>) => {
        try {
            await work;
        } catch (error) {
            toast(error instanceof Error ? error.message : String(error));
        }
        forget("/v1/memberships");
    };
    const role = membership.role === "lead" ? "member" : "lead";
    return (
        <div className="row-actions">
            <Button
                kind="quiet"
                onClick={() => change(send("PUT", "/v1/memberships", { workspace, team, user, role }))}
            >
                Make {role}
            </Button>
            <Button
                kind="quiet"
                onClick={() => change(send("DELETE", address("/v1/memberships", { workspace, team, user })))}
            >
                Remove
            </Button>
        </div>
    );
}

function Search(
    { workspace, team: firstTeam, user: firstUser }: { workspace: string; team: string; user: string },
) {
    const [team, setTeam] = useState(firstTeam);
    const [user, setUser] = useState(firstUser);
    const submit = (event: FormEvent) => {
        event.preventDefault();
        navigate(withQuery({ team: team.trim() || null, user: user.trim() || null }), { replace: true });
    };
    return (
        <form className="filters" role="search" onSubmit={submit}>
            <IdField
                label="Team"
                kind="teams"
                type="search"
                workspace={workspace}
                value={team}
                onChange={(event) => setTeam(event.target.value)}
            />
            <IdField
                label="User"
                kind="users"
                type="search"
                workspace={workspace}
                value={user}
                onChange={(event) => setUser(event.target.value)}
            />
            <Button type="submit" icon="search">Search</Button>
        </form>
    );
}

import { useState } from "react";
import { send } from "../../lib/api";
import { forget, useList } from "../../lib/data";
import { date } from "../../lib/format";
import { useMay, useMayEverywhere } from "../../lib/session";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { ListTable } from "../../ui/ListTable";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty } from "../../ui/States";
import { words } from "../usage/event";
import { etagOf, unpricedModes, weekDays, Workspace } from "./directory";
import { DirectoryTabs } from "./DirectoryTabs";
import { Named } from "./Named";
import { WorkspaceForm } from "./WorkspaceForm";

/** All workspaces, with their calendars. */
export default function WorkspacesPage() {
    const list = useList<Workspace>("/v1/workspaces?limit=100");
    const mayAll = useMayEverywhere("workspaces");
    const may = useMay();
    const [window, setWindow] = useState<{ name: "form" | "archive"; workspace?: Workspace } | null>(null);
    const add = mayAll && (
        <Button
            kind="primary"
            icon="plus"
            onClick={() => setWindow({ name: "form" })}
        >
            New workspace
        </Button>
    );
    return (
        <Page title="Directory" lead="Workspaces, and the teams, projects and users in them." actions={add}>
            <DirectoryTabs />
            <Card className="flush">
                <ListTable
                    label="Workspaces"
                    list={list}
                    keyOf={(workspace) =>
                        workspace.id}
                    empty={<Empty icon="building" title="No workspaces">{add}</Empty>}
                    columns={[
                        {
                            name: "name",
                            title: "Workspace",
                            show: (one) => (
                                <Named
                                    to={`/directory/teams?workspace=${encodeURIComponent(one.id)}`}
                                    name={one.name}
                                    id={one.id}
                                />
                            ),
                        },
                        {
                            name: "zone",
                            title: "Time zone",
                            show: (one) =>
                                one.time_zone,
                        },
                        {
                            name: "week",
                            title: "Week begins",
                            isExtra: true,
                            show: (one) =>
                                weekDays[one.week_start - 1],
                        },
                        {
                            name: "fail",
                            title: "If budgets cannot be checked",
                            isExtra: true,
                            show: (one) => one.fail_mode === "open" ? "Calls pass" : "Calls are refused",
                        },
                        {
                            name: "unpriced",
                            title: "Model without a price",
                            isExtra: true,
                            show: (one) => unpricedModes.find(([mode]) => mode === one.unpriced_mode)?.[1],
                        },
                        {
                            name: "state",
                            title: "State",
                            show: (one) =>
                                one.archived_at
                                    ? <Badge tone="warn">archived {date(one.archived_at, "UTC")}</Badge>
                                    : <Badge tone="good">active</Badge>,
                        },
                        {
                            name: "actions",
                            title: "",
                            show: (one) =>
                                may("workspaces", one.id) && (
                                    <div className="row-actions">
                                        <Button
                                            kind="quiet"
                                            onClick={() => setWindow({ name: "form", workspace: one })}
                                        >
                                            Change
                                        </Button>
                                        <Button
                                            kind="quiet"
                                            onClick={() => setWindow({ name: "archive", workspace: one })}
                                        >
                                            {one.archived_at ? "Restore" : "Archive"}
                                        </Button>
                                    </div>
                                ),
                        },
                    ]}
                />
            </Card>
            {window?.name === "form" && (
                <WorkspaceForm
                    {...(window.workspace ? { workspace: window.workspace } : {})}
                    onClose={() => setWindow(null)}
                />
            )}
            {window?.name === "archive" && window.workspace && (
                <Archive
                    workspace={window.workspace}
                    onClose={() => setWindow(null)}
                />
            )}
        </Page>
    );
}

function Archive({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
    const verb = workspace.archived_at ? "restore" : "archive";
    const submit = async () => {
        await send(
            "POST",
            `/v1/workspaces/${encodeURIComponent(workspace.id)}/${verb}`,
            undefined,
            etagOf(workspace),
        );
        forget("/v1/workspaces");
    };
    return (
        <FormDialog
            title={`${words(verb)} this workspace?`}
            action={words(verb)}
            kind={verb === "archive" ? "danger" : "primary"}
            onClose={onClose}
            onSubmit={submit}
        >
            {() => (
                <p>
                    {verb === "archive"
                        ? "Nothing can be recorded in it any more. Its reports and its history stay."
                        : "It takes events again."}
                </p>
            )}
        </FormDialog>
    );
}

import { ComponentProps, useState } from "react";
import { IdField } from "../../app/IdField";
import { send } from "../../lib/api";
import { forget } from "../../lib/data";
import { navigate } from "../../lib/router";
import { useSession, useView } from "../../lib/session";
import { FormDialog } from "../../ui/Dialog";
import { SelectField, TextAreaField, TextField } from "../../ui/Field";
import { toast } from "../../ui/Toast";
import { Kind } from "../admin/directory";
import { Budget, periods, scopeTypes } from "./budget";

interface BudgetFormProps {
    /** What is changed; a new one is made when there is none. */
    budget?: Budget;
    etag?: string | null;
    onClose: () => void;
}

const hints: Record<string, string> = {
    tag: "key=value, or key=* for each value by itself",
    workspace: "",
};

/** Scopes that the directory knows. */
const kinds: Record<string, Kind> = { team: "teams", project: "projects", user: "users" };

/** Whose spend it is; those that the directory knows are offered. */
function Which(
    { kind, workspace, ...field }: ComponentProps<typeof TextField> & {
        kind: Kind | undefined;
        workspace: string;
        value: string;
    },
) {
    return kind ? <IdField {...field} kind={kind} workspace={workspace} /> : <TextField {...field} />;
}

/** Makes a budget, or changes what can be changed of one. */
export function BudgetForm({ budget, etag, onClose }: BudgetFormProps) {
    const view = useView();
    const { workspaces } = useSession();
    const [workspace, setWorkspace] = useState(
        budget?.workspace ?? view.workspace?.id ?? workspaces[0]?.id ?? "",
    );
    const [name, setName] = useState(budget?.name ?? "");
    const [type, setType] = useState(budget?.scope.type ?? "team");
    const [id, setID] = useState(budget?.scope.id ?? "");
    const [period, setPeriod] = useState(budget?.period ?? "month");
    const [limit, setLimit] = useState(budget ? plain(budget.limit_usd) : "");
    const [action, setAction] = useState<string>(budget?.action ?? "notify");
    const [thresholds, setThresholds] = useState((budget?.thresholds ?? [50, 80, 100]).join(", "));
    const [recipients, setRecipients] = useState((budget?.recipients ?? []).join("\n"));
    const submit = async () => {
        const common = {
            name,
            limit_usd: limit.trim(),
            action,
            thresholds: thresholds.split(/[\s,]+/).filter(Boolean).map(Number),
            recipients: recipients.split(/[\s,;]+/).filter(Boolean),
        };
        const saved = budget
            ? await send<Budget>("PATCH", `/v1/budgets/${budget.id}`, common, etag)
            : await send<Budget>("POST", "/v1/budgets", {
                ...common,
                workspace,
                scope: type === "workspace" ? { type } : { type, id },
                period,
            });
        forget("/v1/budgets");
        toast(budget ? "Budget changed." : "Budget made: it counts from now on.");
        navigate(`/budgets/${saved.id}`);
    };
    return (
        <FormDialog
            title={budget ? "Change budget" : "New budget"}
            action={budget ? "Save" : "Make budget"}
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
                        placeholder="Growth, monthly"
                    />
                    {!budget && (
                        <>
                            {workspaces.length > 1 && (
                                <SelectField
                                    label="Workspace"
                                    value={workspace}
                                    error={fault("workspace")}
                                    options={workspaces.map((place) =>
                                        [place.id, place.name || place.id] as const
                                    )}
                                    onChange={(event) => setWorkspace(event.target.value)}
                                />
                            )}
                            <div className="row">
                                <SelectField
                                    label="Spend of a"
                                    value={type}
                                    options={scopeTypes}
                                    error={fault("scope.type")}
                                    onChange={(event) => setType(event.target.value)}
                                />
                                {type !== "workspace" && (
                                    <Which
                                        kind={kinds[type]}
                                        workspace={workspace}
                                        label="Which"
                                        value={id}
                                        error={fault("scope.id", "scope")}
                                        hint={hints[type] ?? "Its id, or * for each by itself"}
                                        onChange={(event) => setID(event.target.value)}
                                    />
                                )}
                            </div>
                            <SelectField
                                label="Per"
                                value={period}
                                options={periods}
                                error={fault("period")}
                                onChange={(event) => setPeriod(event.target.value)}
                            />
                        </>
                    )}
                    <div className="row">
                        <TextField
                            label="Limit in USD"
                            inputMode="decimal"
                            value={limit}
                            error={fault("limit_usd")}
                            onChange={(event) => setLimit(event.target.value)}
                            placeholder="100"
                        />
                        <SelectField
                            label="When it is reached"
                            value={action}
                            error={fault("action")}
                            options={[["notify", "Warn"], ["block", "Refuse further calls"]]}
                            onChange={(event) => setAction(event.target.value)}
                        />
                    </div>
                    <TextField
                        label="Warn at (% of the limit)"
                        value={thresholds}
                        error={fault("thresholds")}
                        onChange={(event) => setThresholds(event.target.value)}
                    />
                    <TextAreaField
                        label="Who is told"
                        hint="E-mail addresses, one a line. Channels are told as well."
                        value={recipients}
                        error={fault("recipients")}
                        onChange={(event) => setRecipients(event.target.value)}
                    />
                </>
            )}
        </FormDialog>
    );
}

/** An amount as a person would type it. */
export function plain(amount: string): string {
    return amount.includes(".") ? amount.replace(/\.?0+$/, "") : amount;
}

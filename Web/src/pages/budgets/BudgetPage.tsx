import { useState } from "react";
import { address, send } from "../../lib/api";
import { forget, Page as ListPage, useData } from "../../lib/data";
import { dateTime, money, percent } from "../../lib/format";
import { navigate } from "../../lib/router";
import { useMay, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty, ErrorBox, Loaded, Skeleton } from "../../ui/States";
import { Table } from "../../ui/Table";
import { toast } from "../../ui/Toast";
import { Alert } from "../alerts/alert";
import { AlertTable } from "../alerts/AlertTable";
import { words } from "../usage/event";
import { Budget, isPerValue, LimitChange, partOf, periodText, scopeText, toneOf } from "./budget";
import { BudgetFacts } from "./BudgetFacts";
import { BudgetForm } from "./BudgetForm";
import { BudgetMeter } from "./BudgetMeter";
import { RaiseForm } from "./RaiseForm";
import { Values } from "./Values";

/** One budget: where it stands, its warnings, and how its limit changed. */
export default function BudgetPage({ id }: { id: string }) {
    const data = useData<Budget>(`/v1/budgets/${encodeURIComponent(id)}`, { every: 5 });
    if (!data.body) {
        return data.error ? <ErrorBox error={data.error} onRetry={data.reload} /> : <Skeleton height={320} />;
    }
    return <Shown budget={data.body} etag={data.etag} />;
}

function Shown({ budget, etag }: { budget: Budget; etag: string | null }) {
    const [window, setWindow] = useState<"edit" | "raise" | "archive" | null>(null);
    const may = useMay();
    const close = () => setWindow(null);
    const endRaise = async () => {
        await send("DELETE", `/v1/budgets/${budget.id}/raise`, undefined, etag);
        forget("/v1/budgets");
        toast("The raise has ended.");
    };
    return (
        <Page
            title={budget.name || scopeText(budget)}
            lead={`${scopeText(budget)}, ${periodText(budget)}, in ${budget.workspace}`}
            actions={may("budgets", budget.workspace) && !budget.archived_at && (
                <>
                    <Button onClick={() => setWindow("edit")}>Change</Button>
                    {budget.raise
                        ? (
                            <Button onClick={() => endRaise().catch((error) => toast(error.message))}>
                                End the raise
                            </Button>
                        )
                        : <Button onClick={() => setWindow("raise")}>Raise for a while</Button>}
                    <Button kind="danger" onClick={() => setWindow("archive")}>Archive</Button>
                </>
            )}
        >
            {budget.archived_at && (
                <p className="note warn">This budget is archived: it counts and warns no more.</p>
            )}
            {isPerValue(budget) ? <Values budget={budget} /> : <Standing budget={budget} />}
            <Warnings budget={budget} />
            <History changes={budget.limit_history ?? []} />
            {window === "edit" && <BudgetForm budget={budget} etag={etag} onClose={close} />}
            {window === "raise" && <RaiseForm budget={budget} etag={etag} onClose={close} />}
            {window === "archive" && (
                <FormDialog
                    title="Archive this budget?"
                    action="Archive"
                    kind="danger"
                    onClose={close}
                    onSubmit={async () => {
                        await send("DELETE", `/v1/budgets/${budget.id}`, undefined, etag);
                        forget("/v1/budgets");
                        navigate("/budgets");
                    }}
                >
                    {() => <p>It will count, warn and refuse no more. Its history and its alerts stay.</p>}
                </FormDialog>
            )}
        </Page>
    );
}

function Standing({ budget }: { budget: Budget }) {
    const part = partOf(budget.spent_usd, budget.effective_limit_usd);
    return (
        <Card
            title={budget.spent_usd === null
                ? "Being counted…"
                : `${money(budget.spent_usd)} of ${money(budget.effective_limit_usd)}`}
            actions={<Badge tone={toneOf(budget)}>{percent(part)}</Badge>}
        >
            <div style={{ display: "grid", gap: 18 }}>
                <BudgetMeter budget={budget} />
                <BudgetFacts budget={budget} />
            </div>
        </Card>
    );
}
function Warnings({ budget }: { budget: Budget }) {
    const data = useData<ListPage<Alert>>(address("/v1/alerts", { budget: budget.id, limit: 50 }), {
        every: 30,
    });
    return (
        <Card title="Warnings" className="flush">
            <Loaded data={data}>
                {({ items }) =>
                    items.length ? <AlertTable alerts={items} /> : (
                        <Empty icon="alerts" title="None so far">
                            A row appears when a threshold is reached.
                        </Empty>
                    )}
            </Loaded>
        </Card>
    );
}

function History({ changes }: { changes: LimitChange[] }) {
    const { zone } = useView();
    if (!changes.length) return null;
    return (
        <Card title="How the limit changed" className="flush">
            <Table
                label="History of the limit"
                items={changes}
                keyOf={(change, index) => `${change.limit_version}-${index}`}
                columns={[
                    { name: "at", title: "When", show: (change) => dateTime(change.at, zone) },
                    { name: "what", title: "What", show: (change) => words(change.change) },
                    {
                        name: "limit",
                        title: "Limit",
                        isNumber: true,
                        show: (change) => money(change.raise?.limit_usd ?? change.limit_usd),
                    },
                    {
                        name: "thresholds",
                        title: "Warns at",
                        isExtra: true,
                        show: (change) =>
                            change.thresholds.map((value) => percent(value / 100, 0)).join(", "),
                    },
                    { name: "by", title: "By", show: (change) => <span className="mono">{change.by}</span> },
                ]}
            />
        </Card>
    );
}

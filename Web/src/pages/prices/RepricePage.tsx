import { useState } from "react";
import { ProblemError, send } from "../../lib/api";
import { forget } from "../../lib/data";
import { count, money } from "../../lib/format";
import { parseMoney } from "../../lib/money";
import { readFilters } from "../../lib/report";
import { navigate, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { FilterBar } from "../../app/FilterBar";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { Card } from "../../ui/Page";
import { Empty, ErrorNote } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Job, JobCard, JobList } from "./Jobs";
import { PricesFrame } from "./PricesFrame";

interface Sums {
    events: number;
    changed: number;
    cost_before_usd: string;
    cost_after_usd: string;
    difference_usd: string;
    unpriced_before: number;
    unpriced_after: number;
}

interface Preview extends Sums {
    complete: boolean;
    rows: (Sums & { team: string | null; model: string })[];
    rows_incomplete?: boolean;
}

/** Prices what was recorded again, by today's prices: first to see, then for good. */
export default function RepricePage() {
    const view = useView();
    const [preview, setPreview] = useState<{ key: string; body: Preview }>();
    const [error, setError] = useState<ProblemError>();
    const [isBusy, setBusy] = useState(false);
    const [isApplying, setApplying] = useState(false);
    const request = {
        ...(view.workspace ? { workspace: view.workspace.id } : {}),
        from: view.range.from,
        to: view.range.to,
        filters: readFilters(view.query),
    };
    const key = JSON.stringify(request);
    const job = view.query.get("job");
    const look = async () => {
        setBusy(true);
        setError(undefined);
        try {
            setPreview({ key, body: await send<Preview>("POST", "/v1/reprice", request) });
        } catch (problem) {
            setError(problem as ProblemError);
        } finally {
            setBusy(false);
        }
    };
    const shown = preview?.key === key ? preview.body : undefined;
    return (
        <PricesFrame>
            {job && <JobCard id={job} />}
            <Card
                title="Price events again"
                note="The events of the workspace, range and filters that are picked, as of their own time, by today's price book. Costs that clients reported stay."
                actions={<Button kind="primary" isBusy={isBusy} onClick={look}>See what would change</Button>}
            >
                <FilterBar />
                {error && <ErrorNote error={error} />}
            </Card>
            {shown && <PreviewCard preview={shown} onApply={() => setApplying(true)} />}
            <JobList />
            {isApplying && shown && (
                <Apply
                    request={request}
                    preview={shown}
                    onClose={() => setApplying(false)}
                />
            )}
        </PricesFrame>
    );
}

function Apply({ request, preview, onClose }: { request: object; preview: Preview; onClose: () => void }) {
    const [reason, setReason] = useState("");
    const submit = async () => {
        const job = await send<Job>("POST", "/v1/reprice", { ...request, reason, apply: true });
        forget("/v1/reprice");
        navigate(withQuery({ job: job.id }));
    };
    return (
        <FormDialog title="Price these events again?" action="Apply" onClose={onClose} onSubmit={submit}>
            {(fault) => (
                <>
                    <p>
                        {count(preview.changed)} of {count(preview.events)} events change, by{" "}
                        {money(preview.difference_usd)}{" "}
                        in all. The recorded costs stay in the ledger; the difference is added as corrections,
                        and can be taken back.
                    </p>
                    <TextField
                        label="Reason"
                        value={reason}
                        maxLength={1000}
                        error={fault("reason")}
                        onChange={(event) => setReason(event.target.value)}
                    />
                </>
            )}
        </FormDialog>
    );
}

function PreviewCard({ preview, onApply }: { preview: Preview; onApply: () => void }) {
    const isChange = preview.changed > 0;
    return (
        <Card
            className="flush"
            title={isChange
                ? `${money(preview.cost_before_usd)} would become ${money(preview.cost_after_usd)}`
                : "Nothing would change"}
            note={`${count(preview.events)} events looked at${
                preview.complete ? "" : ", which are not all: choose a shorter range to see them all"
            }`}
            actions={isChange && <Button kind="primary" onClick={onApply}>Apply…</Button>}
        >
            {preview.rows.length
                ? (
                    <Table
                        label="What would change"
                        items={preview.rows}
                        keyOf={(row) => `${row.team}/${row.model}`}
                        sortedBy={["difference", true]}
                        columns={[
                            {
                                name: "model",
                                title: "Model",
                                by: (row) => row.model,
                                show: (row) => (
                                    <>
                                        {row.model}
                                        <span className="under">{row.team ?? "no team"}</span>
                                    </>
                                ),
                            },
                            {
                                name: "events",
                                title: "Events",
                                isNumber: true,
                                by: (row) => row.events,
                                show: (row) => count(row.events),
                            },
                            {
                                name: "changed",
                                title: "Change",
                                isNumber: true,
                                by: (row) => row.changed,
                                show: (row) => count(row.changed),
                            },
                            {
                                name: "before",
                                title: "Before",
                                isNumber: true,
                                isExtra: true,
                                by: (row) => parseMoney(row.cost_before_usd),
                                show: (row) => money(row.cost_before_usd),
                            },
                            {
                                name: "after",
                                title: "After",
                                isNumber: true,
                                by: (row) => parseMoney(row.cost_after_usd),
                                show: (row) => money(row.cost_after_usd),
                            },
                            {
                                name: "difference",
                                title: "Difference",
                                isNumber: true,
                                by: (row) => parseMoney(row.difference_usd),
                                show: (row) => <strong>{money(row.difference_usd)}</strong>,
                            },
                        ]}
                    />
                )
                : <Empty icon="check" title="No event in this range would cost anything else" />}
        </Card>
    );
}

import { useState } from "react";
import { address, send } from "../../lib/api";
import { forget, useData, useList } from "../../lib/data";
import { count, dateTime, money } from "../../lib/format";
import { Link, navigate, withQuery } from "../../lib/router";
import { useMay, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card, Facts } from "../../ui/Page";
import { Badge, Empty, ErrorBox, Skeleton, Tone } from "../../ui/States";
import { toast } from "../../ui/Toast";
import { words } from "../usage/event";

export interface Job {
    id: string;
    kind: string;
    state: string;
    workspace: string | null;
    from: string;
    to: string;
    reason: string;
    author: string;
    progress: {
        read: number;
        changed: number;
        cost_before_usd: string;
        cost_after_usd: string;
        unpriced_before: number;
        unpriced_after: number;
    };
    position: string | null;
    created_at: string;
    finished_at: string | null;
    failure?: string;
    reverses?: string;
    reversed_by?: string;
}

const tones: Record<string, Tone> = {
    done: "good",
    failed: "bad",
    cancelled: "neutral",
    running: "info",
    pending: "info",
};
const ended = new Set(["done", "failed", "cancelled"]);

/** How far a job has come along its range of time. */
function part(job: Job): number {
    if (ended.has(job.state)) return 1;
    if (!job.position) return 0;
    const length = Date.parse(job.to) - Date.parse(job.from);
    const done = Date.parse(job.position) - Date.parse(job.from);
    return Math.max(0, Math.min(1, done / length));
}

/** One job, with its progress while it runs. */
export function JobCard({ id }: { id: string }) {
    const { zone } = useView();
    const may = useMay();
    const [isReversing, setReversing] = useState(false);
    const [isOver, setOver] = useState(false);
    const data = useData<Job>(`/v1/reprice/${encodeURIComponent(id)}`, isOver ? {} : { every: 1 });
    const job = data.body;
    if (!job) return data.error ? <ErrorBox error={data.error} /> : <Skeleton />;
    if (ended.has(job.state) !== isOver) setOver(ended.has(job.state));
    const act = async (verb: string) => {
        try {
            await send("POST", `/v1/reprice/${job.id}/${verb}`, {});
        } catch (error) {
            toast(error instanceof Error ? error.message : String(error));
        }
        forget("/v1/reprice");
    };
    const mayAct = may("prices", job.workspace);
    return (
        <Card
            title={`${words(job.kind)} ${job.id}`}
            note={job.reason}
            actions={
                <>
                    <Badge tone={tones[job.state] ?? "neutral"}>{job.state}</Badge>
                    {mayAct && !ended.has(job.state) && <Button onClick={() => act("cancel")}>Cancel</Button>}
                    {mayAct && (job.state === "cancelled" || job.state === "failed") && (
                        <Button onClick={() => act("resume")}>Go on</Button>
                    )}
                    {mayAct && job.state === "done" && job.kind !== "unpriced" && !job.reversed_by && (
                        <Button
                            kind="danger"
                            onClick={() => setReversing(true)}
                        >
                            Take back…
                        </Button>
                    )}
                    <Button kind="quiet" onClick={() => navigate(withQuery({ job: null }))}>Close</Button>
                </>
            }
        >
            <div style={{ display: "grid", gap: 14 }}>
                <progress className="progress" value={part(job)} max={1} aria-label="Progress" />
                <Facts
                    facts={{
                        "Events read": count(job.progress.read),
                        Changed: count(job.progress.changed),
                        Before: money(job.progress.cost_before_usd),
                        After: money(job.progress.cost_after_usd),
                        "Without a price": `${count(job.progress.unpriced_before)} → ${
                            count(job.progress.unpriced_after)
                        }`,
                        Workspace: job.workspace ?? "all",
                        Range: `${dateTime(job.from, zone)} – ${dateTime(job.to, zone)}`,
                        Ordered: `${dateTime(job.created_at, zone)} by ${job.author}`,
                        "Taken back by": job.reversed_by && (
                            <Link to={`/prices/reprice?job=${job.reversed_by}`}>job {job.reversed_by}</Link>
                        ),
                        "Takes back": job.reverses && (
                            <Link to={`/prices/reprice?job=${job.reverses}`}>job {job.reverses}</Link>
                        ),
                        Failure: job.failure,
                    }}
                />
            </div>
            {isReversing && <Reversal job={job} onClose={() => setReversing(false)} />}
        </Card>
    );
}

function Reversal({ job, onClose }: { job: Job; onClose: () => void }) {
    const [reason, setReason] = useState("");
    const submit = async () => {
        const made = await send<Job>("POST", `/v1/reprice/${job.id}/reverse`, { reason });
        forget("/v1/reprice");
        navigate(withQuery({ job: made.id }));
    };
    return (
        <FormDialog
            title="Take these corrections back?"
            action="Take back"
            kind="danger"
            onClose={onClose}
            onSubmit={submit}
        >
            {(fault) => (
                <>
                    <p>What job {job.id} added is taken away again, event by event.</p>
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

/** All jobs that corrected events. */
export function JobList() {
    const { workspace, zone } = useView();
    const list = useList<Job>(address("/v1/reprice", { workspace: workspace?.id, limit: 25 }));
    return (
        <Card title="Corrections" className="flush">
            <ListTable
                label="Corrections"
                list={list}
                keyOf={(job) => job.id}
                empty={<Empty icon="prices" title="No corrections yet" />}
                columns={[
                    {
                        name: "job",
                        title: "What",
                        show: (job) => (
                            <>
                                <Link to={`/prices/reprice?job=${job.id}`}>{words(job.kind)} {job.id}</Link>
                                <span className="under">{job.reason}</span>
                            </>
                        ),
                    },
                    {
                        name: "state",
                        title: "State",
                        show: (job) => <Badge tone={tones[job.state] ?? "neutral"}>{job.state}</Badge>,
                    },
                    {
                        name: "changed",
                        title: "Changed",
                        isNumber: true,
                        show: (job) => count(job.progress.changed),
                    },
                    {
                        name: "after",
                        title: "Before → after",
                        isNumber: true,
                        isExtra: true,
                        show: (job) =>
                            `${money(job.progress.cost_before_usd)} → ${money(job.progress.cost_after_usd)}`,
                    },
                    {
                        name: "when",
                        title: "When",
                        isExtra: true,
                        show: (job) => dateTime(job.created_at, zone),
                    },
                ]}
            />
        </Card>
    );
}

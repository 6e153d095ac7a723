import { useState } from "react";
import { Lines } from "../../charts/Lines";
import { Series } from "../../charts/scales";
import { useData } from "../../lib/data";
import { ago, count, countShort, dateTime, money, seconds, timeOfDay } from "../../lib/format";
import { useView } from "../../lib/session";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty, Loaded, Tone } from "../../ui/States";
import { Table } from "../../ui/Table";
import { Kpi } from "../dashboard/Kpis";
import { words } from "../usage/event";
import { DeadLetters } from "./DeadLetters";
import { Operations, Stage, stageTitle } from "./operations";

/** Which stage is behind, by how much, and what else goes on inside. */
export default function OperationsPage() {
    const data = useData<Operations>("/v1/operations", { every: 5 });
    return (
        <Page title="Operations" lead="How far each stage is behind, who runs, and what could not be done.">
            <Loaded data={data} height={400}>
                {(operations) => (
                    <>
                        <Standing operations={operations} />
                        <LagChart operations={operations} />
                        <Stages stages={operations.stages} />
                        <DeadLetters count={operations.dead_letters} />
                        <div className="grid two">
                            <Jobs jobs={operations.jobs} />
                            <Services services={operations.services} />
                        </div>
                    </>
                )}
            </Loaded>
        </Page>
    );
}

function toneOf(stage: Stage): Tone {
    if (stage.seconds_behind >= 300) return "bad";
    return stage.seconds_behind >= 30 ? "warn" : "good";
}

function Standing({ operations }: { operations: Operations }) {
    const behind = operations.stages.reduce((most, stage) => Math.max(most, stage.seconds_behind), 0);
    const waiting = operations.stages.reduce((all, stage) => all + stage.entries_behind, 0);
    const drift = BigInt(operations.drift_microdollars) * 1_000_000n;
    return (
        <div className="kpis few">
            <Kpi title="Furthest behind" value={seconds(behind)}>
                {behind < 30 ? "every stage keeps up" : "see below which"}
            </Kpi>
            <Kpi title="Waiting in all stages" value={count(waiting)}>entries</Kpi>
            <Kpi title="Dead letters" value={count(operations.dead_letters)}>
                {operations.dead_letters ? "wait for a decision" : "nothing was given up"}
            </Kpi>
            <Kpi title="Drift" value={money(drift)}>
                {drift ? "between counters and ledger" : "counters equal the ledger"}
            </Kpi>
        </div>
    );
}

function LagChart({ operations }: { operations: Operations }) {
    const { zone } = useView();
    const [unit, setUnit] = useState<"seconds_behind" | "entries_behind">("seconds_behind");
    const { times, stages } = operations.history;
    const show = unit === "seconds_behind" ? seconds : count;
    const series = stages.map((stage, tone): Series => ({
        label: stageTitle(stage),
        tone,
        numbers: stage[unit],
        texts: stage[unit].map(show),
    }));
    return (
        <Card
            title="The last hour"
            actions={
                <div className="segmented" role="group" aria-label="Unit">
                    <button
                        type="button"
                        aria-pressed={unit === "seconds_behind"}
                        onClick={() => setUnit("seconds_behind")}
                    >
                        Seconds
                    </button>
                    <button
                        type="button"
                        aria-pressed={unit === "entries_behind"}
                        onClick={() => setUnit("entries_behind")}
                    >
                        Events
                    </button>
                </div>
            }
        >
            {times.length > 1
                ? (
                    <Lines
                        label={unit === "seconds_behind" ? "Seconds behind" : "Events behind"}
                        placeTitle="At"
                        places={times.map((time) => ({
                            short: timeOfDay(time, zone),
                            long: dateTime(time, zone),
                        }))}
                        times={times.map((time) => Date.parse(time))}
                        series={series}
                        tick={unit === "seconds_behind" ? seconds : countShort}
                    />
                )
                : (
                    <Empty icon="operations" title="The first samples are being taken">
                        One every ten seconds.
                    </Empty>
                )}
        </Card>
    );
}

function Stages({ stages }: { stages: Stage[] }) {
    return (
        <Card title="Stages" className="flush">
            <Table
                label="Stages"
                items={stages}
                keyOf={(stage) => `${stage.stream}/${stage.group}`}
                columns={[
                    {
                        name: "stage",
                        title: "Stage",
                        show: (stage) => (
                            <>
                                {stageTitle(stage)}
                                <span className="under mono">{stage.stream} → {stage.group}</span>
                            </>
                        ),
                    },
                    {
                        name: "seconds",
                        title: "Behind",
                        isNumber: true,
                        show: (stage) => <Badge tone={toneOf(stage)}>{seconds(stage.seconds_behind)}</Badge>,
                    },
                    {
                        name: "entries",
                        title: "Events behind",
                        isNumber: true,
                        show: (stage) => count(stage.entries_behind),
                    },
                    {
                        name: "pending",
                        title: "At work",
                        isNumber: true,
                        isExtra: true,
                        show: (stage) => count(stage.pending),
                    },
                    {
                        name: "oldest",
                        title: "Oldest at work",
                        isNumber: true,
                        isExtra: true,
                        show: (stage) => seconds(stage.oldest_pending_seconds),
                    },
                    {
                        name: "consumers",
                        title: "Consumers",
                        show: (stage) =>
                            stage.consumers.length
                                ? stage.consumers.map((one) => (
                                    <span key={one.name} className="under mono">
                                        {one.name}: {count(one.pending)} at work, idle{" "}
                                        {seconds(one.idle_seconds)}
                                    </span>
                                ))
                                : <Badge tone={stage.entries_behind ? "bad" : "neutral"}>none</Badge>,
                    },
                ]}
            />
        </Card>
    );
}

function Jobs({ jobs }: { jobs: Operations["jobs"] }) {
    const { zone } = useView();
    return (
        <Card title="Jobs" className="flush">
            {jobs.length
                ? (
                    <Table
                        label="Jobs"
                        items={jobs}
                        keyOf={(job) => job.name}
                        columns={[
                            { name: "name", title: "Job", show: (job) => words(job.name) },
                            {
                                name: "last",
                                title: "Last run",
                                show: (job) =>
                                    job.started_at
                                        ? (
                                            <span title={dateTime(job.started_at, zone)}>
                                                {ago(job.started_at)}
                                            </span>
                                        )
                                        : "not yet",
                            },
                            {
                                name: "state",
                                title: "State",
                                show: (job) =>
                                    job.error
                                        ? <Badge tone="bad">{job.error}</Badge>
                                        : job.finished_at
                                        ? <Badge tone="good">done</Badge>
                                        : <Badge tone="info">running</Badge>,
                            },
                        ]}
                    />
                )
                : <Empty icon="operations" title="No job has run yet" />}
        </Card>
    );
}

function Services({ services }: { services: Operations["services"] }) {
    return (
        <Card title="Services" className="flush">
            <Table
                label="Services"
                items={services}
                keyOf={(service) => `${service.service}/${service.instance}`}
                columns={[
                    {
                        name: "service",
                        title: "Service",
                        show: (service) => (
                            <>
                                {words(service.service)}
                                <span className="under mono">{service.instance}</span>
                            </>
                        ),
                    },
                    {
                        name: "version",
                        title: "Version",
                        show: (service) => <span className="mono">{service.version}</span>,
                    },
                    { name: "since", title: "Since", show: (service) => ago(service.started_at) },
                ]}
            />
        </Card>
    );
}

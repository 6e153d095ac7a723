import { useState } from "react";
import { Series } from "../../charts/scales";
import { Lines } from "../../charts/Lines";
import { useData } from "../../lib/data";
import { date, dateTime, tickMoney } from "../../lib/format";
import { perMillion } from "../../lib/rates";
import { Link } from "../../lib/router";
import { useMay, useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { Card, Page } from "../../ui/Page";
import { Badge, Empty, ErrorBox, Skeleton } from "../../ui/States";
import { Table } from "../../ui/Table";
import { OverrideForm } from "./OverrideForm";
import {
    changesOf,
    exactDollars,
    mainRates,
    Price,
    ratesAt,
    rateText,
    rateTitle,
    sources,
    validText,
} from "./price";

interface History {
    provider: string;
    model: string;
    key: string | null;
    versions: Price[];
}

/** A model's prices: now, and all there were. */
export default function PricePage({ provider, model }: { provider: string; model: string }) {
    const data = useData<History>(
        `/v1/prices/${encodeURIComponent(provider)}/${model.split("/").map(encodeURIComponent).join("/")}`,
    );
    const may = useMay();
    const [isSetting, setSetting] = useState(false);
    const override = may("prices") && (
        <Button kind="primary" onClick={() => setSetting(true)}>Set an own price</Button>
    );
    return (
        <Page
            title={model}
            lead={`${provider}${
                data.body?.key && data.body.key !== model ? `, priced as ${data.body.key}` : ""
            }`}
            actions={
                <>
                    <Link className="button" to="/prices">All prices</Link>
                    {override}
                </>
            }
        >
            {data.body ? <Shown history={data.body} /> : data.error?.status === 404
                ? (
                    <Card>
                        <Empty icon="prices" title="This model has no price">{override}</Empty>
                    </Card>
                )
                : data.error
                ? <ErrorBox error={data.error} onRetry={data.reload} />
                : <Skeleton height={300} />}
            {isSetting && (
                <OverrideForm
                    provider={provider}
                    model={model}
                    onClose={() => setSetting(false)}
                />
            )}
        </Page>
    );
}

function Shown({ history }: { history: History }) {
    const { workspace } = useView();
    const now = ratesAt(history.versions, Date.now(), workspace?.id ?? null);
    return (
        <>
            <Card title="What holds now" className="flush">
                <Table
                    label="Rates now"
                    items={Object.entries(now).sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))}
                    keyOf={([name]) => name}
                    columns={[
                        {
                            name: "name",
                            title: "Rate",
                            show: ([name]) => (
                                <>
                                    {rateTitle(name)}
                                    <span className="under mono">{name}</span>
                                </>
                            ),
                        },
                        {
                            name: "rate",
                            title: "USD",
                            isNumber: true,
                            show: ([name, rate]) => rateText(name, rate),
                        },
                    ]}
                />
            </Card>
            <Card title="How it changed">
                <RateChart history={history} />
            </Card>
            <Versions versions={history.versions} />
        </>
    );
}

/** The rates that people look for first come first. */
function rank(name: string): number {
    const place = mainRates.indexOf(name);
    return place < 0 ? mainRates.length : place;
}

function RateChart({ history }: { history: History }) {
    const { workspace, zone } = useView();
    const changes = changesOf(history.versions);
    if (!changes.length) {
        return <Empty icon="prices" title="This price has never changed since it is known" />;
    }
    const first = changes[0] ?? 0;
    const now = Date.now();
    // A while before the first change shows what it changed from.
    const times = [
        first - Math.max(86_400_000, (now - first) / 8),
        ...changes,
        ...(now > (changes[changes.length - 1] ?? 0) ? [now] : []),
    ];
    const rates = times.map((time) => ratesAt(history.versions, time, workspace?.id ?? null));
    const series = mainRates
        .filter((name) => rates.some((one) => one[name] !== undefined))
        .map((name, tone): Series => {
            const amounts = rates.map((one) => perMillion(one[name] ?? ""));
            return {
                label: rateTitle(name),
                tone,
                numbers: amounts.map((amount) => amount === null ? NaN : Number(amount)),
                texts: amounts.map((amount) => amount === null ? "–" : exactDollars(amount)),
            };
        });
    if (!series.length) {
        return (
            <Empty icon="prices" title="None of its rates is one of tokens">
                The table below has all versions.
            </Empty>
        );
    }
    return (
        <Lines
            label={`USD per million tokens of ${history.model}`}
            placeTitle="From"
            places={times.map((time) => ({ short: date(time, zone), long: dateTime(time, zone) }))}
            times={times}
            series={series}
            tick={tickMoney}
            isStepped
        />
    );
}

function Versions({ versions }: { versions: Price[] }) {
    const { zone } = useView();
    return (
        <Card
            title="All versions"
            note="What goes before in pricing comes first. Nothing is ever deleted."
            className="flush"
        >
            <Table
                label="Versions"
                items={versions}
                keyOf={(version) => version.id}
                columns={[
                    {
                        name: "source",
                        title: "From",
                        show: (version) => (
                            <>
                                <Badge tone={version.source === "override" ? "info" : "neutral"}>
                                    {sources[version.source] ?? version.source}
                                </Badge>
                                {version.withdrawn && <Badge tone="warn">withdrawn</Badge>}
                                <span className="under">{version.workspace ?? "all workspaces"}</span>
                            </>
                        ),
                    },
                    {
                        name: "valid",
                        title: "Holds",
                        show: (version) => validText(version, zone),
                    },
                    {
                        name: "rates",
                        title: "Rates",
                        show: (version) =>
                            mainRates.filter((name) => version.rates[name] !== undefined).map((name) =>
                                `${rateTitle(name)} ${rateText(name, version.rates[name] ?? "")}`
                            ).join(", ") || `${Object.keys(version.rates).length} rates`,
                    },
                    {
                        name: "why",
                        title: "Why",
                        isExtra: true,
                        show: (version) => (
                            <>
                                <span className="wrap-anywhere">{version.reason ?? "–"}</span>
                                {version.author && <span className="under mono">{version.author}</span>}
                            </>
                        ),
                    },
                    {
                        name: "version",
                        title: "Version",
                        isExtra: true,
                        show: (version) => <span className="mono">{version.price_version}</span>,
                    },
                ]}
            />
        </Card>
    );
}

import { FormEvent, useState } from "react";
import { address, get } from "../../lib/api";
import { useList } from "../../lib/data";
import { count, dateTimeExactly } from "../../lib/format";
import { navigate, withQuery } from "../../lib/router";
import { useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ListTable } from "../../ui/ListTable";
import { Card, Facts, Page } from "../../ui/Page";
import { Empty, Tone } from "../../ui/States";

interface Entry {
    id?: string;
    sequence: number;
    workspace: string | null;
    at: string;
    actor: { kind: string; id: string | null; name: string | null };
    action: string;
    target: { kind: string; id: string | null };
    before: unknown;
    after: unknown;
    address: string | null;
    request_id: string | null;
    hash: string;
}

const filters = [["actor", "Who"], ["action", "Did what"], ["target", "To what"]] as const;

/** Who changed what. */
export default function AuditPage() {
    const view = useView();
    const own = Object.fromEntries(filters.map(([name]) => [name, view.query.get(name)]));
    const common = { workspace: view.workspace?.id, from: view.range.from, to: view.range.to, ...own };
    const list = useList<Entry>(address("/v1/audit", { ...common, limit: 100 }));
    const [entry, setEntry] = useState<Entry>();
    return (
        <Page
            title="Audit log"
            lead="Who changed what. Each row seals the one before: nothing can be taken out unseen."
            actions={
                <>
                    <Verify workspace={view.workspace?.id ?? null} />
                    <a className="button" href={address("/v1/audit/export", common)} download>Export</a>
                </>
            }
        >
            <Search key={JSON.stringify(own)} values={own} />
            <Card className="flush">
                <ListTable
                    label="Audit log"
                    list={list}
                    keyOf={(item) => `${item.workspace}/${item.sequence}`}
                    empty={<Empty icon="audit" title="No change in this range" />}
                    columns={[
                        {
                            name: "at",
                            title: "When",
                            show: (item) => (
                                <span className="nowrap">{dateTimeExactly(item.at, view.zone)}</span>
                            ),
                        },
                        {
                            name: "who",
                            title: "Who",
                            show: (item) => (
                                <>
                                    {item.actor.name ?? item.actor.id ?? item.actor.kind}
                                    <span className="under">{item.actor.kind}</span>
                                </>
                            ),
                        },
                        { name: "what", title: "What", show: (item) => <strong>{item.action}</strong> },
                        {
                            name: "target",
                            title: "To what",
                            show: (item) => (
                                <>
                                    {item.target.kind}
                                    <span className="under mono">{item.target.id}</span>
                                </>
                            ),
                        },
                        {
                            name: "where",
                            title: "Workspace",
                            isExtra: true,
                            show: (item) => item.workspace ?? "installation",
                        },
                        {
                            name: "more",
                            title: "",
                            show: (item) => (
                                <div className="row-actions">
                                    <Button kind="quiet" onClick={() => setEntry(item)}>Details</Button>
                                </div>
                            ),
                        },
                    ]}
                />
            </Card>
            {entry && <Details entry={entry} zone={view.zone} onClose={() => setEntry(undefined)} />}
        </Page>
    );
}

function Search({ values }: { values: Record<string, string | null> }) {
    const [texts, setTexts] = useState(values);
    const submit = (event: FormEvent) => {
        event.preventDefault();
        navigate(
            withQuery(
                Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text?.trim() || null])),
            ),
            { replace: true },
        );
    };
    return (
        <form className="filters" role="search" onSubmit={submit}>
            {filters.map(([name, title]) => (
                <TextField
                    key={name}
                    label={title}
                    value={texts[name] ?? ""}
                    onChange={(event) => setTexts({ ...texts, [name]: event.target.value })}
                />
            ))}
            <Button type="submit" icon="search">Search</Button>
        </form>
    );
}

/** Recomputes the chain of hashes, and says whether it holds. */
function Verify({ workspace }: { workspace: string | null }) {
    const [isBusy, setBusy] = useState(false);
    const [result, setResult] = useState<{ tone: Tone; text: string }>();
    const verify = async () => {
        setBusy(true);
        try {
            const { body } = await get<{ valid: boolean; flaw: string | null; entries: number }>(
                address("/v1/audit/verify", { workspace }),
            );
            setResult(
                body.valid
                    ? { tone: "good", text: `Unbroken: ${count(body.entries)} rows.` }
                    : { tone: "bad", text: body.flaw ?? "The chain is broken." },
            );
        } catch (error) {
            setResult({ tone: "bad", text: error instanceof Error ? error.message : String(error) });
        } finally {
            setBusy(false);
        }
    };
    return (
        <>
            {result && (
                <p className={`note ${result.tone}`} role="status">
                    <span>{result.text}</span>
                </p>
            )}
            <Button isBusy={isBusy} onClick={verify}>Verify</Button>
        </>
    );
}

function Details({ entry, zone, onClose }: { entry: Entry; zone: string; onClose: () => void }) {
    return (
        <Dialog title={entry.action} isWide onClose={onClose}>
            <div className="dialog-body">
                <Facts
                    facts={{
                        When: dateTimeExactly(entry.at, zone),
                        Who: [entry.actor.name, entry.actor.id].filter(Boolean).join(", "),
                        From: entry.address,
                        Request: entry.request_id && <span className="mono">{entry.request_id}</span>,
                        Row: count(entry.sequence),
                        Seal: <span className="mono">{entry.hash}</span>,
                    }}
                />
                {entry.before !== null && entry.before !== undefined && (
                    <Snapshot title="Before" value={entry.before} />
                )}
                {entry.after !== null && entry.after !== undefined && (
                    <Snapshot title="After" value={entry.after} />
                )}
            </div>
        </Dialog>
    );
}

function Snapshot({ title, value }: { title: string; value: unknown }) {
    return (
        <div>
            <h3>{title}</h3>
            <pre tabIndex={0} aria-label={title}>{JSON.stringify(value, null, 2)}</pre>
        </div>
    );
}

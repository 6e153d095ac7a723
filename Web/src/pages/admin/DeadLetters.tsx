import { useState } from "react";
import { send } from "../../lib/api";
import { forget, useData, useList } from "../../lib/data";
import { count as number, dateTime } from "../../lib/format";
import { useView } from "../../lib/session";
import { Button } from "../../ui/Button";
import { Dialog, FormDialog } from "../../ui/Dialog";
import { ListTable } from "../../ui/ListTable";
import { Card, Facts } from "../../ui/Page";
import { Empty, Loaded } from "../../ui/States";
import { toast } from "../../ui/Toast";
import { words } from "../usage/event";
import { DeadLetter } from "./operations";

/** Entries that could not be handled: they wait until a person decides. */
export function DeadLetters({ count }: { count: number }) {
    const { zone } = useView();
    const list = useList<DeadLetter>("/v1/dead-letters?limit=50");
    const [shown, setShown] = useState<DeadLetter>();
    const [discarding, setDiscarding] = useState<DeadLetter>();
    const replay = async (letter: DeadLetter) => {
        try {
            await send("POST", `/v1/dead-letters/${letter.id}/replay`);
            toast("It is on its way again.");
        } catch (error) {
            toast(error instanceof Error ? error.message : String(error));
        }
        forget("/v1/dead-letters", "/v1/operations");
    };
    return (
        <Card
            title={`Dead letters (${number(count)})`}
            note="What could not be processed. Nothing is dropped: each waits to be replayed or discarded."
            className="flush"
        >
            <ListTable
                label="Dead letters"
                list={list}
                keyOf={(letter) => letter.id}
                empty={<Empty icon="check" title="None" />}
                columns={[
                    {
                        name: "reason",
                        title: "Why",
                        show: (letter) => (
                            <>
                                <span className="wrap-anywhere">{letter.reason}</span>
                                <span className="under mono">{letter.id}</span>
                            </>
                        ),
                    },
                    { name: "stage", title: "Stage", show: (letter) => words(letter.stage) },
                    {
                        name: "attempts",
                        title: "Tries",
                        isNumber: true,
                        isExtra: true,
                        show: (letter) => number(letter.attempts),
                    },
                    { name: "at", title: "Since", show: (letter) => dateTime(letter.buried_at, zone) },
                    {
                        name: "actions",
                        title: "",
                        show: (letter) => (
                            <div className="row-actions">
                                <Button kind="quiet" onClick={() => setShown(letter)}>Look</Button>
                                <Button kind="quiet" onClick={() => replay(letter)}>Replay</Button>
                                <Button kind="quiet" onClick={() => setDiscarding(letter)}>Discard</Button>
                            </div>
                        ),
                    },
                ]}
            />
            {shown && <Content letter={shown} onClose={() => setShown(undefined)} />}
            {discarding && (
                <FormDialog
                    title="Discard this entry?"
                    action="Discard"
                    kind="danger"
                    onClose={() => setDiscarding(undefined)}
                    onSubmit={async () => {
                        await send("POST", `/v1/dead-letters/${discarding.id}/discard`);
                        forget("/v1/dead-letters", "/v1/operations");
                    }}
                >
                    {() => <p>Its event will be in no report and no budget. This cannot be undone.</p>}
                </FormDialog>
            )}
        </Card>
    );
}

function Content({ letter, onClose }: { letter: DeadLetter; onClose: () => void }) {
    const { zone } = useView();
    const data = useData<DeadLetter>(`/v1/dead-letters/${letter.id}`);
    return (
        <Dialog title="Dead letter" isWide onClose={onClose}>
            <div className="dialog-body">
                <Loaded data={data}>
                    {(body) => (
                        <>
                            <Facts
                                facts={{
                                    Why: body.reason,
                                    Stage: words(body.stage),
                                    Entry: <span className="mono">{body.entry}</span>,
                                    Event: body.event_id && <span className="mono">{body.event_id}</span>,
                                    Workspace: body.workspace,
                                    Model: body.model && `${body.provider} ${body.model}`,
                                    Happened: body.occurred_at && dateTime(body.occurred_at, zone),
                                    Bytes: body.payload_bytes !== undefined && number(body.payload_bytes),
                                }}
                            />
                            {body.payload_hex && (
                                <pre
                                    className="secret"
                                    tabIndex={0}
                                    aria-label="Its bytes, in hexadecimal"
                                >{body.payload_hex}</pre>
                            )}
                        </>
                    )}
                </Loaded>
            </div>
        </Dialog>
    );
}

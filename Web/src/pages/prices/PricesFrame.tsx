import { ReactNode, useState } from "react";
import { send } from "../../lib/api";
import { forget, Page as ListPage, useData } from "../../lib/data";
import { ago, count } from "../../lib/format";
import { useMay, useMayEverywhere } from "../../lib/session";
import { Button } from "../../ui/Button";
import { Page, Tabs } from "../../ui/Page";
import { Badge } from "../../ui/States";
import { toast } from "../../ui/Toast";
import { Change } from "./ChangesPage";

export interface Sync {
    id: string;
    cause: string;
    outcome: string;
    detail: string | null;
    requested_by: string;
    started_at: string;
    finished_at: string | null;
    counts: {
        models: number;
        opened: number;
        changed: number;
        closed: number;
        quarantined: number;
        held: number;
    };
}

/** What all pages of prices share: their tabs, how old the prices are, and a way to fetch newer ones. */
export function PricesFrame({ children, actions }: { children: ReactNode; actions?: ReactNode }) {
    const may = useMay();
    const mayAll = useMayEverywhere("prices");
    const syncs = useData<ListPage<Sync>>("/v1/prices/syncs?limit=1", { every: 60 });
    const changes = useData<ListPage<Change>>("/v1/prices/changes?state=pending&limit=100", { every: 60 });
    const [isBusy, setBusy] = useState(false);
    const pending = changes.body?.items.length ?? 0;
    const sync = async () => {
        setBusy(true);
        try {
            const done = await send<Sync>("POST", "/v1/prices/sync");
            toast(
                done.outcome === "applied"
                    ? `${count(done.counts.changed + done.counts.opened)} prices are new or changed.`
                    : done.detail ?? `The sync ended as ${done.outcome}.`,
            );
        } catch (error) {
            toast(error instanceof Error ? error.message : String(error));
        } finally {
            setBusy(false);
            forget("/v1/prices");
        }
    };
    return (
        <Page
            title="Prices"
            lead={<LastSync sync={syncs.body?.items[0]} />}
            actions={
                <>
                    {actions}
                    {mayAll && <Button icon="refresh" isBusy={isBusy} onClick={sync}>Sync now</Button>}
                </>
            }
        >
            <Tabs
                label="Prices"
                tabs={[
                    ["/prices", "Models"],
                    [
                        "/prices/changes",
                        <span key="changes">
                            Changes {pending > 0 && <Badge tone="warn">{count(pending)}</Badge>}
                        </span>,
                    ],
                    ["/prices/overrides", "Overrides"],
                    ["/prices/impact", "Impact"],
                    ["/prices/unpriced", "Without a price"],
                    may("prices") && ["/prices/reprice", "Repricing"],
                ]}
            />
            {children}
        </Page>
    );
}

function LastSync({ sync }: { sync: Sync | undefined }) {
    if (!sync) return <>What each model costs, and cost before.</>;
    const isBad = sync.outcome === "failed" || sync.outcome === "refused";
    return (
        <>
            Last sync {ago(sync.finished_at ?? sync.started_at)}: {isBad
                ? <span title={sync.detail ?? undefined}>{sync.outcome}, the last good prices hold.</span>
                : <>{sync.outcome.replace(/_/g, " ")}.</>}
        </>
    );
}

import { useEffect, useState } from "react";
import { FilterBar } from "../../app/FilterBar";
import { useData } from "../../lib/data";
import { Breakdown, reportPath, Summary } from "../../lib/report";
import { useView } from "../../lib/session";
import { Link } from "../../lib/router";
import { Card, Page } from "../../ui/Page";
import { Empty, Loaded } from "../../ui/States";
import { Anomalies } from "./Anomalies";
import { BudgetGlance } from "./BudgetGlance";
import { Insights } from "./Insights";
import { Kpis } from "./Kpis";
import { SpendChart } from "./SpendChart";
import { TopList } from "./TopList";

/** What is spent, on what, by whom, and how that changes. */
export default function DashboardPage() {
    const [isBroken, setBroken] = useState(false);
    // What stands first asks first: a browser asks a server no more than six things at once.
    return (
        <Page title="Dashboard" lead={<LiveNote isBroken={isBroken} />} actions={<FilterBar />}>
            <Totals onBroken={setBroken} />
            <SpendChart />
            <div className="grid three">
                <Top by="model" title="Top models" />
                <Top by="user" title="Top users" />
                <Top by="team" title="Top teams" />
            </div>
            <div className="grid three">
                <BudgetGlance />
                <Anomalies />
                <Insights />
            </div>
        </Page>
    );
}

function Totals({ onBroken }: { onBroken: (isBroken: boolean) => void }) {
    const view = useView();
    const summary = useData<Summary>(reportPath("/v1/analytics/summary", view), { every: 10, keep: true });
    const isBroken = Boolean(summary.error);
    useEffect(() => onBroken(isBroken), [isBroken, onBroken]);
    return (
        <Loaded data={summary} height={110}>
            {(totals) => totals.events || totals.previous.events ? <Kpis totals={totals} /> : <NothingYet />}
        </Loaded>
    );
}

function LiveNote({ isBroken }: { isBroken: boolean }) {
    return (
        <span>
            {isBroken ? "Live updates are interrupted." : "Updated live: events show within seconds."}
        </span>
    );
}

function NothingYet() {
    return (
        <Card>
            <Empty icon="start" title="No usage in this range">
                <p>Choose a longer range, or send the first event.</p>
                <Link className="button primary" to="/start">Get started</Link>
            </Empty>
        </Card>
    );
}

function Top({ by, title }: { by: string; title: string }) {
    const view = useView();
    const data = useData<Breakdown>(reportPath("/v1/analytics/breakdown", view, { by, limit: 8 }), {
        every: 30,
        keep: true,
    });
    return (
        <Card title={title} actions={<Link className="small" to={`/explore?rows=${by}`}>Explore</Link>}>
            <Loaded data={data} height={260}>{(body) => <TopList by={by} data={body} />}</Loaded>
        </Card>
    );
}

import { ReactNode } from "react";
import { change, count, countShort, money, moneyExactly, percent } from "../../lib/format";
import { parseMoney } from "../../lib/money";
import { Summary } from "../../lib/report";
import { Link } from "../../lib/router";
import { Badge, Tone } from "../../ui/States";
import { CacheSavingsKpi, ForecastKpi } from "./InsightKpis";

interface KpiProps {
    title: string;
    value: ReactNode;
    exactly?: string;
    isMain?: boolean;
    children?: ReactNode;
}

/** One figure and what to hold it against. */
export function Kpi({ title, value, exactly, isMain, children }: KpiProps) {
    return (
        <section className={isMain ? "card kpi main" : "card kpi"}>
            <h2>{title}</h2>
            <p className="value" title={exactly}>{value}</p>
            <div className="under">{children}</div>
        </section>
    );
}

/** The range's figures, side by side. */
export function Kpis({ totals }: { totals: Summary }) {
    const unpricedShare = totals.events ? totals.unpriced_events / totals.events : 0;
    const tokens = totals.input_tokens + totals.output_tokens;
    return (
        <div className="kpis">
            <Kpi
                title="Spend"
                isMain
                value={money(totals.cost_usd, 2)}
                exactly={moneyExactly(totals.cost_usd)}
            >
                <Change ratio={totals.change.cost_ratio} />
                <span>from {money(totals.previous.cost_usd, 2)} before</span>
            </Kpi>
            <ForecastKpi />
            <CacheSavingsKpi totals={totals} />
            <Kpi title="Events" value={count(totals.events)}>
                <span>{signed(totals.change.events)} than before</span>
            </Kpi>
            <Kpi title="Tokens" value={countShort(tokens)} exactly={count(tokens)}>
                <span>{countShort(totals.input_tokens)} in, {countShort(totals.output_tokens)} out</span>
            </Kpi>
            <Kpi title="Per 1,000 events" value={perThousand(totals)}>
                <span>
                    {totals.previous.events ? `${perThousand(totals.previous)} before` : "none before"}
                </span>
            </Kpi>
            <Kpi title="Without a price" value={count(totals.unpriced_events)}>
                {totals.unpriced_events
                    ? (
                        <Link to="/prices/unpriced">
                            {percent(unpricedShare, 2)} of events, not in the spend
                        </Link>
                    )
                    : <span>every event has its price</span>}
            </Kpi>
        </div>
    );
}

function perThousand(totals: { cost_usd: string; events: number }): string {
    const priced = BigInt(totals.events);
    return priced > 0n ? money(parseMoney(totals.cost_usd) * 1000n / priced) : "–";
}

function signed(difference: number): string {
    return difference >= 0 ? `${count(difference)} more` : `${count(-difference)} fewer`;
}

/** More spend is no good news, so it is no green. */
export function Change({ ratio }: { ratio: number | null }) {
    if (ratio === null) return <Badge>new</Badge>;
    const tone: Tone = ratio > 0.1 ? "warn" : ratio < 0 ? "good" : "neutral";
    return <Badge tone={tone}>{change(ratio)}</Badge>;
}

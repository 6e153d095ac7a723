import { StackedBars } from "../../charts/StackedBars";
import { tickMoney } from "../../lib/format";
import { chartNumber, parseMoney } from "../../lib/money";
import { Card } from "../../ui/Page";
import { Impact, impactText } from "./ImpactTable";

const shown = 12;

/** The models whose prices made most of a difference. */
export function ImpactChart({ impact }: { impact: Impact }) {
    const rows = impact.rows.filter((row) => parseMoney(row.impact_usd) !== 0n).slice(0, shown);
    if (!rows.length) return null;
    const texts = rows.map(impactText);
    return (
        <Card title="What changes of prices made" note="Above the line spend grew, below it spend fell.">
            <StackedBars
                label="Difference by model"
                placeTitle="Model"
                places={rows.map(({ provider, model }) => ({
                    short: model.length > 12 ? `${model.slice(0, 11)}…` : model,
                    long: `${provider} ${model}`,
                }))}
                series={[{
                    label: "Difference",
                    tone: 0,
                    numbers: rows.map((row) => chartNumber(parseMoney(row.impact_usd))),
                    texts,
                }]}
                totals={texts}
                tick={tickMoney}
                height={220}
            />
        </Card>
    );
}

import { useState } from "react";
import { Lines } from "../../charts/Lines";
import { useData } from "../../lib/data";
import { date, intervalLabel, money, tickMoney } from "../../lib/format";
import { chartNumber } from "../../lib/money";
import { granularityOf } from "../../lib/range";
import { reportPath } from "../../lib/report";
import { useView } from "../../lib/session";
import { Card } from "../../ui/Page";
import { Empty, Loaded } from "../../ui/States";
import { UnitEconomics } from "./insight";
import { quantityTitle, unitCost } from "./units";

/** How what one costs has changed over the range. */
export function UnitTrend({ quantity }: { quantity: string | null }) {
    const view = useView();
    const units = [
        ["tokens", "1M tokens"],
        ["event", "Event"],
        ...(quantity ? [["quantity", quantityTitle(quantity)]] : []),
    ] as [string, string][];
    const [wanted, setUnit] = useState("tokens");
    const unit = units.some(([name]) => name === wanted) ? wanted : "tokens";
    const length = granularityOf(view.range);
    // Days are the shortest that can be told apart.
    const by = length === "hour" ? "day" : length;
    const data = useData<UnitEconomics>(
        reportPath("/v1/analytics/insight/unit-economics", view, { by, quantity, limit: 1000 }),
        { keep: true },
    );
    const title = units.find(([name]) => name === unit)?.[1] ?? "";
    return (
        <Card
            title={`What one costs, by ${by}`}
            actions={
                <div className="segmented" role="group" aria-label="Unit">
                    {units.map(([name, text]) => (
                        <button
                            key={name}
                            type="button"
                            aria-pressed={unit === name}
                            onClick={() => setUnit(name)}
                        >
                            {text}
                        </button>
                    ))}
                </div>
            }
        >
            <Loaded data={data} height={230}>
                {(body) => <Chart body={body} by={by} unit={unit} title={title} />}
            </Loaded>
        </Card>
    );
}

function Chart({ body, by, unit, title }: { body: UnitEconomics; by: string; unit: string; title: string }) {
    const rows = body.rows.filter((row): row is typeof row & { key: string } => row.key !== null);
    const costs = rows.map((row) => unitCost(row, unit));
    if (costs.filter((cost) => cost !== null).length < 2) {
        return (
            <Empty icon="explore" title="There is nothing to draw a line from">
                Choose a longer range, or another unit.
            </Empty>
        );
    }
    const noons = rows.map((row) => `${row.key}T12:00:00Z`);
    return (
        <Lines
            label={`Cost of ${title} over time`}
            placeTitle="From"
            places={noons.map((noon) => ({ short: intervalLabel(noon, by, "UTC"), long: date(noon, "UTC") }))}
            times={noons.map((noon) => Date.parse(noon))}
            series={[{
                label: title,
                tone: 0,
                numbers: costs.map((cost) => cost === null ? NaN : chartNumber(cost)),
                texts: costs.map((cost) => cost === null ? "–" : money(cost)),
            }]}
            tick={tickMoney}
        />
    );
}

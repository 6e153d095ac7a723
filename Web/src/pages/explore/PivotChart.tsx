import { Series, toneCount } from "../../charts/scales";
import { StackedBars } from "../../charts/StackedBars";
import { Figure, Pivot, Setup, size, sum } from "../../lib/pivot";
import { dimensionTitle, valueText } from "../../lib/report";
import { figureText, measureTitle, tickOf } from "./measures";

const barLimit = 40;

/** The largest rows as bars, cut by columns. */
export function PivotChart({ pivot, setup }: { pivot: Pivot; setup: Setup }) {
    const places = pivot.rows.slice(0, barLimit).map((_, place) => place);
    // Time goes from left to right, whatever the server ranks by.
    if (setup.rows.length === 1 && ["day", "week", "month"].includes(setup.rows[0] ?? "")) {
        places.sort((a, b) => (pivot.rows[a]?.[0] ?? "").localeCompare(pivot.rows[b]?.[0] ?? ""));
    }
    const shown = pivot.columns.slice(0, toneCount).map((_, column) => column);
    const hasRest = pivot.columns.length > toneCount || pivot.other_column !== null;
    const series = shown.map((column): Series =>
        made(
            places.map((place) => pivot.cells[place]?.[column] ?? null),
            nameOf(pivot.columns[column] ?? []) || measureTitle(setup.measure),
            column,
        )
    );
    if (hasRest) {
        const rest = places.map((place) =>
            sum([...(pivot.cells[place] ?? []).slice(toneCount), pivot.other_column?.cells[place] ?? null])
        );
        series.push(made(rest, "All others", "other"));
    }
    return (
        <StackedBars
            label={`${measureTitle(setup.measure)} of the largest ${places.length} rows`}
            placeTitle={setup.rows.map(dimensionTitle).join(", ")}
            places={places.map((place) => {
                const long = nameOf(pivot.rows[place] ?? []) || "All";
                return { long, short: long.length > 11 ? `${long.slice(0, 10)}…` : long };
            })}
            series={series}
            totals={places.map((place) => figureText(pivot.row_totals[place] ?? null))}
            tick={tickOf(setup.measure)}
        />
    );
}

function made(figures: Figure[], label: string, tone: number | "other"): Series {
    return { label, tone, numbers: figures.map(size), texts: figures.map(figureText) };
}

function nameOf(names: (string | null)[]): string {
    return names.map(valueText).join(" / ");
}

import { max, min } from "d3-array";
import { scaleLinear } from "d3-scale";
import { stack, stackOffsetDiverging } from "d3-shape";

/** What one colour of a chart stands for, at each place along the axis. */
export interface Series {
    label: string;
    tone: number | "other";
    /** Heights: for drawing only. */
    numbers: number[];
    /** What is shown of each. */
    texts: string[];
}

/** Colours that are told apart; what is beyond them is put together as "other". */
export const toneCount = 8;

/** The class that sets a series' colour. */
export function toneClass(tone: number | "other"): string {
    return tone === "other" ? "sother" : `s${tone % toneCount}`;
}

/** From where to where each part of each bar goes; what is negative, as credits are, goes below the axis. */
export function stacked(series: Series[], length: number): [number, number][][] {
    const rows = Array.from(
        { length },
        (_, place) =>
            Object.fromEntries(series.map((one, index) => [String(index), one.numbers[place] ?? 0])),
    );
    const layers = stack().keys(series.map((_, index) => String(index))).offset(stackOffsetDiverging)(rows);
    return layers.map((layer) => layer.map(([low, high]) => [low, high] as [number, number]));
}

/** A vertical scale with round ends that holds all values and zero. */
export function vertical(values: Iterable<number>, height: number) {
    const all = [...values, 0];
    const low = min(all) ?? 0;
    const high = max(all) ?? 0;
    return scaleLinear().domain(low === high ? [0, 1] : [low, high]).range([height, 0]).nice(4);
}

/** About as wide as a figure or letter of a label is. */
const letterWidth = 6.4;

/** Which of many labels fit side by side, evenly; one that says the same as the one before is left out. */
export function labelPlaces(labels: string[], width: number): number[] {
    const longest = labels.reduce((most, label) => Math.max(most, label.length), 0);
    const fitting = Math.max(1, Math.floor(width / (longest * letterWidth + 26)));
    const step = Math.max(1, Math.ceil(labels.length / fitting));
    const places = Array.from({ length: Math.ceil(labels.length / step) }, (_, index) => index * step);
    return places.filter((place, index) => index === 0 || labels[place] !== labels[places[index - 1] ?? 0]);
}

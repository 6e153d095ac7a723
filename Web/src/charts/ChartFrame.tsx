import { KeyboardEvent, ReactNode, useState } from "react";
import { Series, toneClass } from "./scales";
import { Button } from "../ui/Button";

interface FrameProps {
    label: string;
    /** The names of the places along the axis. */
    places: string[];
    series: Series[];
    /** The sums over all series, if they can be added. */
    totals?: string[];
    placeTitle: string;
    children: ReactNode;
}

/** What all charts have: a legend, and the same figures as a table for who would rather read them. */
export function ChartFrame({ label, places, series, totals, placeTitle, children }: FrameProps) {
    const [isTable, setTable] = useState(false);
    return (
        <div className="chart">
            {isTable
                ? <Twin {...{ label, places, series, placeTitle, ...(totals ? { totals } : {}) }} />
                : children}
            <div className="chart-foot">
                <Legend series={series} />
                <Button kind="quiet" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
                    {isTable ? "Show the chart" : "Show as a table"}
                </Button>
            </div>
        </div>
    );
}

function Legend({ series }: { series: Series[] }) {
    if (series.length < 2) return <span />;
    return (
        <ul className="legend">
            {series.map((one) => (
                <li key={one.label}>
                    <i className={`swatch ${toneClass(one.tone)}`} />
                    <span>{one.label}</span>
                </li>
            ))}
        </ul>
    );
}

function Twin({ label, places, series, totals, placeTitle }: Omit<FrameProps, "children">) {
    return (
        <div className="twin" role="region" aria-label={`${label}, as a table`} tabIndex={0}>
            <table className="table">
                <caption className="visually-hidden">{label}</caption>
                <thead>
                    <tr>
                        <th scope="col">{placeTitle}</th>
                        {series.map((one) => (
                            <th key={one.label} scope="col" className="number">{one.label}</th>
                        ))}
                        {totals && series.length > 1 && <th scope="col" className="number">Total</th>}
                    </tr>
                </thead>
                <tbody>
                    {places.map((place, index) => (
                        <tr key={index}>
                            <th scope="row" className="nowrap">{place}</th>
                            {series.map((one) => (
                                <td key={one.label} className="number">{one.texts[index]}</td>
                            ))}
                            {totals && series.length > 1 && <td className="number">{totals[index]}</td>}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

/** Moves through a chart's places by arrows; Escape leaves. */
export function useReadOut(count: number, onPick?: (place: number) => void) {
    const [active, setActive] = useState<number | null>(null);
    const onKeyDown = (event: KeyboardEvent) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) {
            setActive((place) =>
                place === null ? (step > 0 ? 0 : count - 1) : Math.max(0, Math.min(count - 1, place + step))
            );
        } else if (event.key === "Home") setActive(0);
        else if (event.key === "End") setActive(count - 1);
        else if (event.key === "Escape") setActive(null);
        else if (event.key === "Enter" && active !== null && onPick) onPick(active);
        else return;
        event.preventDefault();
    };
    return {
        active: active !== null && active < count ? active : null,
        setActive,
        onKeyDown,
        onBlur: () => setActive(null),
    };
}

interface TipProps {
    title: string;
    lines: { label: string; tone: number | "other"; text: string }[];
    total?: string | undefined;
    /** The middle of the place, and the chart's width. */
    x: number;
    width: number;
}

/** What is at the place that is pointed at. */
export function Tip({ title, lines, total, x, width }: TipProps) {
    const isLeft = x > width / 2;
    const style = isLeft ? { right: width - x + 14 } : { left: x + 14 };
    return (
        <div className="tip" style={style} aria-live="polite">
            <strong>{title}</strong>
            <ul>
                {lines.map((line) => (
                    <li key={line.label}>
                        <i className={`swatch ${toneClass(line.tone)}`} />
                        <span>{line.label}</span>
                        <span className="figure">{line.text}</span>
                    </li>
                ))}
                {total !== undefined && lines.length > 1 && (
                    <li className="total">
                        <i />
                        <span>Total</span>
                        <span className="figure">{total}</span>
                    </li>
                )}
            </ul>
        </div>
    );
}

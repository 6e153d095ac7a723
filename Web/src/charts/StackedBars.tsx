import { scaleBand } from "d3-scale";
import { ChartFrame, Tip, useReadOut } from "./ChartFrame";
import { labelPlaces, Series, stacked, toneClass, vertical } from "./scales";
import { useWidth } from "./useWidth";

interface StackedBarsProps {
    label: string;
    placeTitle: string;
    /** Short names below the bars, and long ones for reading out. */
    places: { short: string; long: string }[];
    series: Series[];
    totals: string[];
    tick: (value: number) => string;
    height?: number;
    onPick?: (place: number) => void;
}

const widest = 72;
const margin = { top: 10, right: 4, bottom: 24, left: 56 };

/** Bars of parts on top of each other. */
export function StackedBars(props: StackedBarsProps) {
    const { label, placeTitle, places, series, totals } = props;
    return (
        <ChartFrame
            label={label}
            placeTitle={placeTitle}
            places={places.map((place) => place.long)}
            series={series}
            totals={totals}
        >
            <Plot {...props} />
        </ChartFrame>
    );
}

function Plot({ label, places, series, totals, tick, height = 260, onPick }: StackedBarsProps) {
    const [ref, width] = useWidth();
    const { active, setActive, onKeyDown, onBlur } = useReadOut(places.length, onPick);
    const inner = {
        width: Math.max(0, width - margin.left - margin.right),
        height: height - margin.top - margin.bottom,
    };
    const layers = stacked(series, places.length);
    const y = vertical(layers.flat(2), inner.height);
    const x = scaleBand().domain(places.map((_, index) => String(index))).range([0, inner.width])
        .paddingInner(0.24).paddingOuter(0.12);
    // A few bars alone need not be as wide as there is room.
    const thickness = Math.max(1, Math.min(x.bandwidth(), widest));
    const left = (place: number) => x(String(place)) ?? 0;
    const lines = active === null ? [] : series
        .map((one) => ({
            label: one.label,
            tone: one.tone,
            number: one.numbers[active] ?? 0,
            text: one.texts[active] ?? "",
        }))
        .filter((line) => line.number !== 0 || series.length === 1)
        .reverse();
    return (
        <div
            ref={ref}
            className="chart"
            style={{ height }}
            tabIndex={0}
            role="group"
            aria-roledescription="chart"
            aria-label={`${label}. Arrow keys read it out.`}
            onKeyDown={onKeyDown}
            onBlur={onBlur}
            onPointerLeave={onBlur}
        >
            {width > 0 && (
                <svg
                    className="plot"
                    width={width}
                    height={height}
                    viewBox={`0 0 ${width} ${height}`}
                    aria-hidden="true"
                >
                    <g transform={`translate(${margin.left} ${margin.top})`}>
                        {y.ticks(4).map((value) => (
                            <g key={value} transform={`translate(0 ${Math.round(y(value)) + 0.5})`}>
                                <line className={value === 0 ? "axis" : "gridline"} x2={inner.width} />
                                <text x={-8} dy="0.32em" textAnchor="end">{tick(value)}</text>
                            </g>
                        ))}
                        {active !== null && (
                            <rect
                                className="band active"
                                x={left(active) - x.step() * 0.12}
                                width={x.step()}
                                height={inner.height}
                            />
                        )}
                        {layers.map((layer, index) => (
                            <g key={index} className={toneClass(series[index]?.tone ?? "other")}>
                                {layer.map(([low, high], place) =>
                                    low !== high && (
                                        <rect
                                            key={place}
                                            className="mark"
                                            x={left(place) + (x.bandwidth() - thickness) / 2}
                                            width={thickness}
                                            y={y(high)}
                                            height={Math.max(0.5, y(low) - y(high))}
                                            rx={Math.min(2, thickness / 6)}
                                        />
                                    )
                                )}
                            </g>
                        ))}
                        {labelPlaces(places.map((place) => place.short), inner.width).map((place) => (
                            <text
                                key={place}
                                x={left(place) + x.bandwidth() / 2}
                                y={inner.height + 17}
                                textAnchor="middle"
                            >
                                {places[place]?.short}
                            </text>
                        ))}
                        {places.map((_, place) => (
                            <rect
                                key={place}
                                className="band"
                                x={left(place) - x.step() * 0.12}
                                width={x.step()}
                                height={inner.height + margin.bottom}
                                style={onPick ? { cursor: "pointer" } : undefined}
                                onPointerMove={() => setActive(place)}
                                onClick={() => onPick?.(place)}
                            />
                        ))}
                    </g>
                </svg>
            )}
            {active !== null && (
                <Tip
                    title={places[active]?.long ?? ""}
                    lines={lines}
                    total={totals[active]}
                    x={margin.left + left(active) + x.bandwidth() / 2}
                    width={width}
                />
            )}
        </div>
    );
}

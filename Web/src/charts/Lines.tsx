import { scaleLinear } from "d3-scale";
import { curveMonotoneX, curveStepAfter, line } from "d3-shape";
import { ChartFrame, Tip, useReadOut } from "./ChartFrame";
import { labelPlaces, Series, toneClass, vertical } from "./scales";
import { useWidth } from "./useWidth";

interface LinesProps {
    label: string;
    placeTitle: string;
    places: { short: string; long: string }[];
    /** Where each place lies along the axis, as times are not evenly apart. */
    times: number[];
    series: Series[];
    tick: (value: number) => string;
    /** Values hold until the next place, as prices do. */
    isStepped?: boolean;
    height?: number;
}

const margin = { top: 10, right: 14, bottom: 24, left: 62 };

/** Lines of values over time. */
export function Lines(props: LinesProps) {
    const { label, placeTitle, places, series } = props;
    return (
        <ChartFrame
            label={label}
            placeTitle={placeTitle}
            places={places.map((place) => place.long)}
            series={series}
        >
            <Plot {...props} />
        </ChartFrame>
    );
}

/** Labels at the ends stay within the chart. */
function anchor(x: number, width: number): "start" | "middle" | "end" {
    if (x < 40) return "start";
    return x > width - 40 ? "end" : "middle";
}

function Plot({ label, places, times, series, tick, isStepped, height = 200 }: LinesProps) {
    const [ref, width] = useWidth();
    const { active, setActive, onKeyDown, onBlur } = useReadOut(places.length);
    const inner = {
        width: Math.max(0, width - margin.left - margin.right),
        height: height - margin.top - margin.bottom,
    };
    const values = series.flatMap((one) => one.numbers.filter((value) => Number.isFinite(value)));
    const y = vertical(values, inner.height);
    const first = times[0] ?? 0;
    const last = times[times.length - 1] ?? 1;
    const x = scaleLinear().domain([first, last === first ? first + 1 : last]).range([0, inner.width]);
    const path = line<number>()
        .x((_, index) => x(times[index] ?? 0))
        .y((value) => y(value))
        .defined((value) => Number.isFinite(value))
        .curve(isStepped ? curveStepAfter : curveMonotoneX);
    const nearest = (position: number) => {
        let best = 0;
        for (const [index, time] of times.entries()) {
            if (Math.abs(x(time) - position) < Math.abs(x(times[best] ?? 0) - position)) best = index;
        }
        return best;
    };
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
            onPointerMove={(event) =>
                setActive(
                    nearest(event.clientX - event.currentTarget.getBoundingClientRect().left - margin.left),
                )}
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
                        {series.map((one) => (
                            <g key={one.label} className={toneClass(one.tone)}>
                                <path className="line stroke" d={path(one.numbers) ?? ""} />
                                {active !== null && Number.isFinite(one.numbers[active]) && (
                                    <circle
                                        className="mark"
                                        r={4}
                                        cx={x(times[active] ?? 0)}
                                        cy={y(one.numbers[active] ?? 0)}
                                    />
                                )}
                            </g>
                        ))}
                        {labelPlaces(places.map((place) => place.short), inner.width).map((place) => (
                            <text
                                key={place}
                                x={x(times[place] ?? 0)}
                                y={inner.height + 17}
                                textAnchor={anchor(x(times[place] ?? 0), inner.width)}
                            >
                                {places[place]?.short}
                            </text>
                        ))}
                    </g>
                </svg>
            )}
            {active !== null && (
                <Tip
                    title={places[active]?.long ?? ""}
                    lines={series.map((one) => ({
                        label: one.label,
                        tone: one.tone,
                        text: one.texts[active] ?? "",
                    }))}
                    x={margin.left + x(times[active] ?? 0)}
                    width={width}
                />
            )}
        </div>
    );
}

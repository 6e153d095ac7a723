// What is used of two modules whose types Debian does not have.
declare module "d3-scale" {
    interface Linear {
        (value: number): number;
        domain(domain: [number, number]): Linear;
        range(range: [number, number]): Linear;
        nice(count?: number): Linear;
        ticks(count?: number): number[];
    }
    interface Band {
        (value: string): number | undefined;
        domain(domain: string[]): Band;
        range(range: [number, number]): Band;
        paddingInner(padding: number): Band;
        paddingOuter(padding: number): Band;
        bandwidth(): number;
        step(): number;
    }
    export function scaleLinear(): Linear;
    export function scaleBand(): Band;
}

declare module "d3-shape" {
    type Accessor<Point> = (point: Point, index: number) => number;
    interface Path<Point> {
        (points: Point[]): string | null;
        x(accessor: Accessor<Point>): this;
        curve(curve: unknown): this;
        defined(accessor: (point: Point) => boolean): this;
    }
    interface Line<Point> extends Path<Point> {
        y(accessor: Accessor<Point>): this;
    }
    interface Area<Point> extends Path<Point> {
        y0(accessor: Accessor<Point>): this;
        y1(accessor: Accessor<Point>): this;
    }
    interface Stack {
        (rows: Record<string, number>[]): ([number, number][] & { key: string; index: number })[];
        keys(keys: string[]): Stack;
        offset(offset: unknown): Stack;
    }
    export function line<Point>(): Line<Point>;
    export function area<Point>(): Area<Point>;
    export function stack(): Stack;
    export const stackOffsetDiverging: unknown;
    export const curveStepAfter: unknown;
    export const curveMonotoneX: unknown;
}

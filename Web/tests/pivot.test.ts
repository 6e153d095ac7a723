import assert from "node:assert/strict";
import { test } from "node:test";
import {
    hottest,
    moved,
    Pivot,
    pivotCSV,
    readSetup,
    setupQuery,
    size,
    sortedRows,
    sum,
} from "../src/lib/pivot";
import { drillPath } from "../src/pages/explore/drill";

const pivot: Pivot = {
    rows: [["growth"], [null], ["=1+1"]],
    columns: [["a,b"], ["c"]],
    cells: [["10.000000000001", null], ["9.5", "0.000000000001"], [null, "-1"]],
    row_totals: ["10.000000000001", "9.500000000001", "-1"],
    column_totals: ["19.500000000001", "-0.999999999999"],
    total: "18.500000000002",
    other_row: null,
    other_column: null,
    other_cell: null,
};
const setup = { rows: ["team"], columns: ["model"], measure: "cost_usd", rowLimit: 50, columnLimit: 12 };
const read = (text: string) => readSetup(new URLSearchParams(text));

test("the address says the whole pivot, and nonsense in it is left out", () => {
    assert.deepEqual(read(""), setup);
    assert.deepEqual(read("rows=a,b,c,d,a&columns=b,x").rows, ["a", "b", "c"]);
    assert.deepEqual(read("rows=a,b&columns=b,x").columns, ["x"]);
    assert.deepEqual(read("rows=user").columns, []);
    assert.deepEqual(read("rows=&columns=model").rows, []);
    assert.deepEqual(read("rows=&columns=").rows, ["team"]);
    assert.equal(read("top=99999999").rowLimit, 10_000);
    assert.equal(read("top=-1").rowLimit, 50);
});

test("what is written into the address is read from it again", () => {
    const other = {
        rows: ["user", "tag.feature"],
        columns: ["day"],
        measure: "events",
        rowLimit: 500,
        columnLimit: 25,
    };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(setupQuery(other))) if (value !== null) query.set(name, value);
    assert.deepEqual(readSetup(query), other);
});

test("dimensions move within their side and not beyond its ends", () => {
    assert.deepEqual(moved(["a", "b", "c"], 2, 0), ["c", "a", "b"]);
    assert.deepEqual(moved(["a", "b", "c"], 0, 1), ["b", "a", "c"]);
    assert.deepEqual(moved(["a", "b"], 0, -1), ["a", "b"]);
    assert.deepEqual(moved(["a", "b"], 1, 2), ["a", "b"]);
});

test("rows are sorted by exact amounts, and what is empty is least", () => {
    assert.deepEqual(sortedRows(pivot, { by: "total", isDescending: true }), [0, 1, 2]);
    assert.deepEqual(sortedRows(pivot, { by: 0, isDescending: false }), [2, 1, 0]);
    assert.deepEqual(sortedRows(pivot, { by: 1, isDescending: true }), [1, 2, 0]);
    const close = {
        ...pivot,
        row_totals: ["9007199254740993.1", "9007199254740993.2", "9007199254740993.0"],
    };
    assert.deepEqual(sortedRows(close, { by: "total", isDescending: true }), [1, 0, 2]);
    assert.deepEqual(sortedRows(pivot, { by: "name0", isDescending: false }).length, 3);
});

test("sums of amounts are exact and keep their form", () => {
    assert.equal(sum(["0.000000000001", "9007199254740993"]), "9007199254740993.000000000001");
    assert.equal(sum(["-1", "0.5", null]), "-0.500000000000");
    assert.equal(sum([1, 2, null]), 3);
    assert.equal(sum([null]), null);
    assert.equal(size("1.5"), 1.5);
    assert.equal(hottest(pivot), size("10.000000000001"));
});

test("a file has exact amounts, quoted commas and no formulas", () => {
    const text = pivotCSV(pivot, setup, (name) => name);
    assert.equal(
        text,
        'team,"a,b",c,Total\r\n' +
            "growth,10.000000000001,,10.000000000001\r\n" +
            "(none),9.5,0.000000000001,9.500000000001\r\n" +
            "'=1+1,,-1,-1\r\n" +
            "Total,19.500000000001,-0.999999999999,18.500000000002\r\n",
    );
});

test("a cell's events are asked for by all parts of its name", () => {
    assert.equal(drillPath(setup, ["growth"], ["gpt-4o"]), "/usage?team=growth&model=gpt-4o");
    assert.equal(drillPath(setup, [null], ["gpt-4o"]), null);
    const timed = { ...setup, rows: ["month", "user"], columns: ["week"] };
    assert.equal(
        drillPath(timed, ["2026-02-01", "u-1"], ["2026-02-09"]),
        "/usage?user=u-1&from=2026-02-09&to=2026-02-15",
    );
    assert.equal(
        drillPath({ ...timed, columns: [] }, ["2026-02-01", "u-1"], []),
        "/usage?user=u-1&from=2026-02-01&to=2026-02-28",
    );
});

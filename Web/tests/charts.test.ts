import assert from "node:assert/strict";
import { test } from "node:test";
import { labelPlaces, stacked, vertical } from "../src/charts/scales";

const series = (...numbers: number[]) => ({ label: "", tone: 0, numbers, texts: [] });

test("parts lie on top of each other and end at their sum", () => {
    const [first, second] = stacked([series(1, 0), series(2, 5)], 2);
    assert.deepEqual(first, [[0, 1], [0, 0]]);
    assert.deepEqual(second, [[1, 3], [0, 5]]);
});

test("credits hang below the axis and hide nothing above it", () => {
    const [first, second] = stacked([series(4), series(-1)], 1);
    assert.deepEqual(first, [[0, 4]]);
    assert.deepEqual(second, [[-1, 0]]);
});

test("the scale holds zero and every value, also when there is nothing", () => {
    const scale = vertical([3, 97], 100);
    assert.equal(scale(0), 100);
    assert.ok(scale(97) >= 0);
    assert.equal(vertical([], 100)(0), 100);
    assert.ok(vertical([-5, 10], 100)(-5) <= 100);
});

test("labels stay apart, the first is one of them, and none says what the one before says", () => {
    const labels = Array.from({ length: 90 }, (_, index) => `Nov ${index}`);
    const places = labelPlaces(labels, 640);
    assert.equal(places[0], 0);
    assert.ok(places.length >= 8 && places.length <= 13, String(places.length));
    const long = labelPlaces(labels.map((label) => `${label}, 12:00 AM`), 640);
    assert.ok(long.length < places.length);
    assert.deepEqual(labelPlaces(["a", "b", "c"], 640), [0, 1, 2]);
    assert.deepEqual(labelPlaces(["9:36", "9:36", "9:37"], 640), [0, 2]);
    assert.deepEqual(labelPlaces(["a"], 0), [0]);
    assert.deepEqual(labelPlaces([], 640), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { granularityOf, readRange } from "../src/lib/range";
import { addDays, dayOf, daysBetween, isDay, monthStart, startOfDay } from "../src/lib/time";

const start = (day: string, zone: string) => new Date(startOfDay(day, zone)).toISOString();

test("a day begins at its zone's own midnight", () => {
    assert.equal(start("2026-11-28", "UTC"), "2026-11-28T00:00:00.000Z");
    assert.equal(start("2026-11-28", "Europe/Berlin"), "2026-11-27T23:00:00.000Z");
    assert.equal(start("2026-07-01", "Europe/Berlin"), "2026-06-30T22:00:00.000Z");
    assert.equal(start("2026-11-28", "Asia/Kathmandu"), "2026-11-27T18:15:00.000Z");
    assert.equal(start("2026-11-28", "Pacific/Kiritimati"), "2026-11-27T10:00:00.000Z");
    assert.equal(start("2026-11-28", "Pacific/Pago_Pago"), "2026-11-28T11:00:00.000Z");
});

test("days on which clocks change have 23 and 25 hours", () => {
    const hours = (day: string) =>
        (startOfDay(addDays(day, 1), "Europe/Berlin") - startOfDay(day, "Europe/Berlin")) / 3_600_000;
    assert.equal(hours("2026-03-29"), 23);
    assert.equal(hours("2026-10-25"), 25);
    assert.equal(hours("2026-10-26"), 24);
});

test("where clocks skip midnight the day begins when they have", () => {
    assert.equal(start("2018-11-04", "America/Sao_Paulo"), "2018-11-04T03:00:00.000Z");
});

test("where clocks show midnight twice the day begins with the first", () => {
    assert.equal(start("2018-02-18", "America/Sao_Paulo"), "2018-02-18T03:00:00.000Z");
    assert.equal(dayOf(startOfDay("2026-11-01", "America/Havana"), "America/Havana"), "2026-11-01");
});

test("calendar days are counted without clocks", () => {
    assert.equal(addDays("2026-02-28", 1), "2026-03-01");
    assert.equal(monthStart("2026-01-31", -1), "2025-12-01");
    assert.equal(daysBetween("2026-03-01", "2026-04-01"), 31);
    assert.ok(isDay("2028-02-29"));
    assert.ok(!isDay("2026-02-29"));
    assert.ok(!isDay("yesterday"));
});

test("the address names a preset, or days of which the last is included", () => {
    const now = Date.parse("2026-11-28T23:30:00Z");
    const read = (text: string, zone = "Europe/Berlin") => {
        const { first, end } = readRange(new URLSearchParams(text), zone, now);
        return [first, end];
    };
    // In Berlin it is the 29th already.
    assert.deepEqual(read("range=today"), ["2026-11-29", "2026-11-30"]);
    assert.deepEqual(read("range=today", "UTC"), ["2026-11-28", "2026-11-29"]);
    assert.deepEqual(read("range=last-month"), ["2026-10-01", "2026-11-01"]);
    assert.deepEqual(read("from=2026-11-01&to=2026-11-07"), ["2026-11-01", "2026-11-08"]);
    assert.deepEqual(read("from=2026-11-07&to=2026-11-01"), read(""));
    assert.deepEqual(read("range=nonsense"), read("range=30d"));
});

test("longer ranges are shown in longer intervals", () => {
    const of = (text: string) => granularityOf(readRange(new URLSearchParams(text), "UTC"));
    assert.equal(of("range=today"), "hour");
    assert.equal(of("range=30d"), "day");
    assert.equal(of("from=2025-01-01&to=2025-12-31"), "week");
    assert.equal(of("from=2020-01-01&to=2025-12-31"), "month");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { narrowedFilters } from "../src/lib/report";
import { moneySigned } from "../src/lib/format";
import { anomalyFilters, UnitSums } from "../src/pages/insights/insight";
import { modelsOf } from "../src/pages/prices/UnpricedPage";
import { perMillionTokens, quantityTitle, unitCost } from "../src/pages/insights/units";

const sums: UnitSums = {
    cost_usd: "12.5",
    events: 3,
    unpriced_events: 1,
    input_tokens: 1000,
    output_tokens: 500,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    usd_per_1000_tokens: "8.333333333333",
    usd_per_event: null,
    quantity: { name: "images", amount: 4, usd_per_unit: "3.125" },
};

test("tokens are told by the million, and what cannot be divided is none", () => {
    assert.equal(perMillionTokens(sums), 8_333_333_333_333_000n);
    assert.equal(unitCost(sums, "tokens"), 8_333_333_333_333_000n);
    assert.equal(unitCost(sums, "event"), null);
    assert.equal(unitCost(sums, "quantity"), 3_125_000_000_000n);
    assert.equal(perMillionTokens({ ...sums, usd_per_1000_tokens: null }), null);
    assert.equal(quantityTitle("images"), "Images");
    assert.equal(quantityTitle("custom:tickets"), "tickets");
});

test("an anomaly narrows reports to what it is about, if that has a name", () => {
    const anomaly = {
        day: "2026-11-02",
        direction: "up",
        cost_usd: "9",
        expected_usd: "1",
        low_usd: "0",
        high_usd: "2",
    };
    const of = (dimension: string, key: string | null) =>
        anomalyFilters({ ...anomaly, direction: "up", dimension, key });
    assert.deepEqual(of("team", "growth"), { team: "growth" });
    assert.deepEqual(of("workspace", "acme"), { workspace: "acme" });
    assert.deepEqual(of("model", null), {});
});

test("events are priced again by one value of a dimension that the ledger has", () => {
    assert.deepEqual(narrowedFilters({}), {});
    assert.deepEqual(narrowedFilters({ team: ["a"], model: ["m"] }), { team: ["a"], model: ["m"] });
    assert.equal(narrowedFilters({ team: ["a", "b"] }), null);
    assert.equal(narrowedFilters({ "tag.feature": ["x"] }), null);
});

test("a difference has its sign, and none has none", () => {
    assert.equal(moneySigned(1_500_000_000_000n), "+$1.50");
    assert.equal(moneySigned(-1_500_000_000_000n), "-$1.50");
    assert.equal(moneySigned(0n), "$0.00");
});

test("what a model lacks prices for is one row, and an event is counted once", () => {
    const group = {
        provider: "p",
        model: "m",
        reason: "no_rate",
        first_seen: "",
        last_seen: "2026-11-01T00:00:00Z",
    };
    const models = modelsOf([
        { ...group, quantity: "input_tokens", events: 7 },
        { ...group, quantity: "output_tokens", events: 5, last_seen: "2026-11-02T00:00:00Z" },
        { ...group, model: "other", quantity: null, reason: null, events: 1 },
    ]);
    assert.equal(models.length, 2);
    assert.deepEqual(models[0]?.quantities, ["input_tokens", "output_tokens"]);
    assert.deepEqual(models[0]?.reasons, ["no_rate"]);
    assert.equal(models[0]?.events, 7);
    assert.equal(models[0]?.last_seen, "2026-11-02T00:00:00Z");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { factor, isTokenRate, perMillion, perUnit, shifted } from "../src/lib/rates";
import { changesOf, Price, ratesAt, rateTitle } from "../src/pages/prices/price";

test("rates move by powers of ten as text, to the last digit", () => {
    assert.equal(perMillion("0.00000015"), "0.15");
    assert.equal(perMillion("0.000002"), "2");
    assert.equal(perMillion("0.000000000000000000000000001"), "0.000000000000000000001");
    assert.equal(perUnit("2.50"), "0.0000025");
    assert.equal(perUnit("1250000"), "1.25");
    assert.equal(perMillion(perUnit("0.075") ?? ""), "0.075");
    assert.equal(shifted("-0.5", 1), "-5");
    assert.equal(shifted("0", 6), "0");
    assert.equal(shifted("0.22/3600", 6), null);
    assert.equal(shifted("", 6), null);
});

test("only rates of tokens are shown per million", () => {
    assert.ok(isTokenRate("input_cost_per_token"));
    assert.ok(isTokenRate("cache_read_input_token_cost"));
    assert.ok(!isTokenRate("input_cost_per_second"));
    assert.ok(Math.abs((factor("0.000001", "0.00001") ?? 0) - 10) < 1e-9);
    assert.equal(factor("0", "1"), null);
});

const price = (change: Partial<Price>): Price => ({
    id: "1",
    source: "litellm",
    key: "m",
    provider: "p",
    mode: null,
    workspace: null,
    valid_from: null,
    valid_to: null,
    recorded_at: "2026-01-01T00:00:00Z",
    price_version: "",
    rates: {},
    ...change,
});

test("at each moment the first version that holds gives each rate", () => {
    const versions = [
        price({
            source: "override",
            workspace: "acme",
            valid_from: "2026-03-01T00:00:00Z",
            rates: { input: "9" },
        }),
        price({ valid_from: "2026-02-01T00:00:00Z", rates: { input: "2", output: "4" } }),
        price({ valid_to: "2026-02-01T00:00:00Z", rates: { input: "1", output: "3" } }),
        price({ source: "override", withdrawn: true, rates: { input: "0" } }),
    ];
    const at = (day: string, workspace: string | null) =>
        ratesAt(versions, Date.parse(`${day}T00:00:00Z`), workspace);
    assert.deepEqual(at("2026-01-15", "acme"), { input: "1", output: "3" });
    assert.deepEqual(at("2026-02-01", "acme"), { input: "2", output: "4" });
    assert.deepEqual(at("2026-03-01", "acme"), { input: "9", output: "4" });
    assert.deepEqual(at("2026-03-01", "rival"), { input: "2", output: "4" });
    assert.equal(changesOf(versions).length, 2);
});

test("rates have names for people, in their variants too", () => {
    assert.equal(rateTitle("input_cost_per_token"), "Input");
    assert.equal(rateTitle("cache_read_input_token_cost_priority"), "Cached input, priority");
    assert.equal(rateTitle("output_cost_per_token_above_200k_tokens"), "Output, above 200k tokens");
    assert.equal(rateTitle("input_cost_per_character"), "Input cost per character");
});

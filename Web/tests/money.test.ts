import assert from "node:assert/strict";
import { test } from "node:test";
import { digitsFor, moneyInput, moneyText, parseMoney, roundMoney } from "../src/lib/money";

test("reads amounts to the last digit, also beyond what a float holds", () => {
    assert.equal(parseMoney("9007199254740993.000000000001"), 9007199254740993000000000001n);
    assert.equal(parseMoney("-0.5"), -500000000000n);
    assert.equal(moneyText(parseMoney("9007199254740993.000000000001")), "9007199254740993.000000000001");
    assert.equal(moneyText(parseMoney("-12.50")), "-12.5");
});

test("takes nothing for an amount that is none", () => {
    for (const text of ["", "1,5", "1e3", "NaN", "0x1", "1.", ".5", "1.0000000000001", " 1"]) {
        assert.throws(() => parseMoney(text), /not an amount/);
    }
});

test("rounds half to even, as the server does", () => {
    const cases = [
        ["0.125", "0.12"],
        ["0.135", "0.14"],
        ["0.125000000001", "0.13"],
        ["-0.125", "-0.12"],
        ["-0.001", "0.00"],
        ["0.995", "1.00"],
        ["2.5", "2.50"],
    ];
    for (const [text, expected] of cases) assert.equal(roundMoney(parseMoney(text ?? ""), 2), expected);
    assert.equal(roundMoney(parseMoney("2.5"), 0), "2");
    assert.equal(roundMoney(parseMoney("3.5"), 0), "4");
});

test("shows two figures of what is less than a cent", () => {
    assert.equal(digitsFor(parseMoney("0.000137500000")), 5);
    assert.equal(digitsFor(parseMoney("0.000000000001")), 12);
    assert.equal(digitsFor(parseMoney("0.01")), 2);
    assert.equal(digitsFor(parseMoney("0")), 2);
});

test("takes decimal amounts from people and nothing that may mean two things", () => {
    assert.equal(moneyInput(" 100 "), "100");
    assert.equal(moneyInput("0.000001"), "0.000001");
    for (const text of ["1,000", "1.000.000", "-1", "$5", "1e9", ""]) assert.equal(moneyInput(text), null);
});

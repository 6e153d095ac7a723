/** Money as a count of pico-dollars: exact, whatever is added. */
export type Money = bigint;

const scale = 12;
const one = 10n ** BigInt(scale);

/** Reads a decimal string of the API; throws when it is none. */
export function parseMoney(text: string): Money {
    const match = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(text);
    if (!match) throw new RangeError(`not an amount of money: ${text}`);
    const value = BigInt(match[2] ?? "0") * one + BigInt((match[3] ?? "").padEnd(scale, "0"));
    return match[1] ? -value : value;
}

/** The amount as a decimal string with all that it has, and without ending zeros. */
export function moneyText(value: Money): string {
    const size = value < 0n ? -value : value;
    const fraction = (size % one).toString().padStart(scale, "0").replace(/0+$/, "");
    return `${value < 0n ? "-" : ""}${size / one}${fraction ? `.${fraction}` : ""}`;
}

/** Rounds half to even, as the server does, to a decimal string with so many digits after the point. */
export function roundMoney(value: Money, digits: number): string {
    const unit = 10n ** BigInt(scale - digits);
    const size = value < 0n ? -value : value;
    const rest = size % unit;
    let count = size / unit;
    if (rest * 2n > unit || (rest * 2n === unit && count % 2n === 1n)) count += 1n;
    const whole = count / 10n ** BigInt(digits);
    const fraction = (count % 10n ** BigInt(digits)).toString().padStart(digits, "0");
    const sign = value < 0n && count > 0n ? "-" : "";
    return digits ? `${sign}${whole}.${fraction}` : `${sign}${whole}`;
}

/** Digits after the point: cents; below a cent as many as show two figures. */
export function digitsFor(value: Money): number {
    const size = value < 0n ? -value : value;
    if (size === 0n || size >= one / 100n) return 2;
    return Math.min(scale, scale - size.toString().length + 2);
}

/** A length for charts, good to a screen's pixel. Never shown, never added to money. */
export function chartNumber(value: Money): number {
    return Number(value / 10_000n) / 1e8;
}

/** A decimal string of an input, or none: digits and one point, an own thousands mark is no amount. */
export function moneyInput(text: string): string | null {
    const trimmed = text.trim();
    return /^\d{1,12}(\.\d{1,12})?$/.test(trimmed) ? trimmed : null;
}

/** Rates are decimal text of any length: they are moved by powers of ten as text, never as floats. */
const pattern = /^(-?)(\d+)(?:\.(\d+))?$/;

/** A decimal number times a power of ten; none for what is no number. */
export function shifted(text: string, places: number): string | null {
    const match = pattern.exec(text.trim());
    if (!match) return null;
    const whole = match[2] ?? "0";
    const fraction = match[3] ?? "";
    const digits = whole + fraction;
    const point = whole.length + places;
    const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
    const at = point <= 0 ? 1 : point;
    const left = padded.slice(0, at).replace(/^0+(?=\d)/, "");
    const right = padded.slice(at).replace(/0+$/, "");
    const value = right ? `${left}.${right}` : left;
    return match[1] && /[1-9]/.test(value) ? `-${value}` : value;
}

/** A rate per unit as one per million, which is how people speak of tokens. */
export function perMillion(rate: string): string | null {
    return shifted(rate, 6);
}

/** A rate per million as one per unit. */
export function perUnit(rate: string): string | null {
    return shifted(rate, -6);
}

/** Whether a rate is one of tokens, which are shown per million. */
export function isTokenRate(name: string): boolean {
    return /cost_per(_audio|_image|_reasoning|_video)?_token|token_cost/.test(name);
}

/** How much a rate changes, as a factor for people; none when it was zero or is not known. */
export function factor(old: string | null, fresh: string | null): number | null {
    if (old === null || fresh === null) return null;
    const before = Number(old);
    const after = Number(fresh);
    return before > 0 && Number.isFinite(after) ? after / before : null;
}

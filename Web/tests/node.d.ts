// What the tests use of node, whose types Debian's packages of the app do not bring.
declare module "node:test" {
    export function test(name: string, body: () => void | Promise<void>): void;
}

declare module "node:assert/strict" {
    interface Assert {
        equal(actual: unknown, expected: unknown, message?: string): void;
        deepEqual(actual: unknown, expected: unknown, message?: string): void;
        throws(body: () => unknown, error?: RegExp): void;
        ok(value: unknown, message?: string): void;
    }
    const assert: Assert;
    export default assert;
}

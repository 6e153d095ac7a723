// Bundles the unit tests and runs them in node, in one zone and language wherever they run.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const out = join(root, "node_modules", ".tests");
const names = readdirSync(join(root, "tests")).filter((name) => name.endsWith(".test.ts"));
mkdirSync(out, { recursive: true });
const run = (command, words, env = {}) =>
    execFileSync(command, words, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
run("esbuild", [
    ...names.map((name) => join("tests", name)),
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--out-extension:.js=.mjs",
    "--log-level=warning",
    `--outdir=${out}`,
]);
const report = process.env["OLIVER_JUNIT"];
const reporters = report
    ? [
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        "--test-reporter=junit",
        `--test-reporter-destination=${report}`,
    ]
    : [];
run("node", ["--test", ...reporters, ...names.map((name) => join(out, name.replace(/ts$/, "mjs")))], {
    TZ: "UTC",
});

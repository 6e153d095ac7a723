// Bundles the console into dist/: names with a hash of what is inside, a page that loads them, and a copy of each
// file that is compressed already. What is in dist/ can be served as it is.
import { execFileSync } from "node:child_process";
import {
    copyFileSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const root = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const out = join(root, "dist");
const fresh = join(root, `dist.${process.pid}`);
// What went into each file, for whoever wonders about their sizes.
const meta = join(root, "node_modules", ".meta.json");

const options = [
    "src/main.tsx",
    "--bundle",
    "--minify",
    "--splitting",
    "--format=esm",
    "--target=es2020",
    "--jsx=automatic",
    "--legal-comments=eof",
    "--entry-names=assets/[name]-[hash]",
    "--chunk-names=assets/[name]-[hash]",
    "--asset-names=assets/[name]-[hash]",
    "--log-level=warning",
    `--outdir=${fresh}`,
    `--metafile=${meta}`,
];

mkdirSync(fresh, { recursive: true });
try {
    execFileSync("esbuild", options, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    const { outputs } = JSON.parse(readFileSync(meta, "utf8"));
    const [script, entry] = Object.entries(outputs).find(([, output]) =>
        output.entryPoint === "src/main.tsx"
    );
    // What the script begins with is fetched beside it, not after it was read.
    const parts = entry.imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path);
    const address = (path) => path.slice(path.indexOf("assets/") - 1);
    const page = readFileSync(join(root, "index.html"), "utf8")
        .replace("%SCRIPT%", address(script))
        .replace("%STYLE%", address(entry.cssBundle))
        .replace(
            "%PARTS%",
            parts.map((path) => `<link rel="modulepreload" href="${address(path)}">`).join("\n"),
        );
    writeFileSync(join(fresh, "index.html"), page);
    for (const name of readdirSync(join(root, "public"))) {
        copyFileSync(join(root, "public", name), join(fresh, name));
    }
    for (const folder of ["", "assets"]) {
        for (const name of readdirSync(join(fresh, folder))) {
            if (!/\.(js|css|html|svg|txt)$/.test(name)) continue;
            const path = join(fresh, folder, name);
            writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
        }
    }
    rmSync(out, { recursive: true, force: true });
    renameSync(fresh, out);
} finally {
    rmSync(fresh, { recursive: true, force: true });
}

// Builds the page into the folder that is given, which is app/page/built by default.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const examples = join(here, "..", "examples");
const target = process.argv[2] ?? join(here, "..", "app", "page", "built");

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "samples"), { recursive: true });

await build({
  absWorkingDir: here,
  entryPoints: {
    page: "src/main.ts",
    worker: "src/service/worker.ts",
    style: "style/page.css",
  },
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "inline",
  logLevel: "warning",
});

cpSync(join(here, "index.html"), join(target, "index.html"));
cpSync(join(here, "icon.svg"), join(target, "icon.svg"));
for (const name of ["airline_passengers", "bikes", "shops"]) {
  const text = readFileSync(join(examples, `${name}.csv`), "utf8");
  writeFileSync(join(target, "samples", `${name}.csv`), text);
  writeFileSync(join(target, "samples", `${name}.svg`), sparkline(lastColumn(text).slice(-96)));
}

// What the page was built from: a test compares it with the sources, without Node.
const digest = createHash("sha256");
for (const path of sources()) {
  digest.update(path).update("\0").update(readFileSync(join(here, path))).update("\0");
}
writeFileSync(join(target, "sources.sha256"), `${digest.digest("hex")}\n`);

function sources() {
  const found = ["build.mjs", "icon.svg", "index.html", "package-lock.json", "tsconfig.json"];
  for (const folder of ["src", "style"]) {
    for (const entry of readdirSync(join(here, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) {
        found.push(join(entry.parentPath, entry.name).slice(here.length + 1).replaceAll("\\", "/"));
      }
    }
  }
  return found.sort();
}

function lastColumn(text) {
  const [first, ...others] = text.trim().split("\n").slice(1);
  if (!first.includes(";")) {
    return [first, ...others].map((row) => Number.parseFloat(row.split(",").at(-1)));
  }
  const name = first.split(";")[0];
  return [first, ...others]
    .map((row) => row.split(";"))
    .filter((cells) => cells[0] === name)
    .map((cells) => Number.parseFloat(cells.at(-1).replaceAll(".", "").replace(",", ".")));
}

function sparkline(values) {
  const known = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const points = values.map((value, n) => {
    const x = (2 + (n * 196) / (values.length - 1)).toFixed(1);
    return `${x},${(46 - (42 * (value - low)) / (high - low)).toFixed(1)}`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 48" fill="none">` +
    `<polyline points="${points.join(" ")}" stroke="#2b8cb8" stroke-width="1.6" ` +
    `stroke-linejoin="round"/></svg>\n`
  );
}

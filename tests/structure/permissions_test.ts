/**
 * Holds the permission sets against the code: a process may read the variables that it and its packages
 * read, and no others.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { readCode, settingsRead } from "./_k8s_processes.ts";

const ROOT = new URL("../../", import.meta.url);
const CODE = await readCode();
/** The edge has two: as a process, and as a platform that brings the server calls it. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  edge: ["edge/serve.ts", "edge/main.ts"],
  "group-host": ["actors/host/main.ts"],
  streamer: ["actors/stream/main.ts"],
  projector: ["actors/projection/main.ts"],
};

/** What the Postgres client reads, which takes from them what its URL and options do not say. */
const POSTGRES = await (async () => {
  const client = await readFile(new URL("node_modules/postgres/src/index.js", ROOT), "utf8");
  const named = [...client.matchAll(/\benv\.([A-Z_]+)/g)].map(([, name = ""]) => name);
  const [, defaults = ""] = /const defaults = \{(.*?)\n {2}\}/s.exec(client) ?? [];
  const options = [...defaults.matchAll(/^ {4}(\w+) *:/gm)].map(([, name = ""]) =>
    `PG${name.toUpperCase()}`
  );
  return new Set([...named, ...options]);
})();

/** What the WebSocket library reads: whether to try packages that are not here. */
const WEB_SOCKETS = await (async () => {
  const files = ["buffer-util.js", "validation.js"].map((name) =>
    readFile(new URL(`node_modules/ws/lib/${name}`, ROOT), "utf8")
  );
  const text = (await Promise.all(files)).join("\n");
  return new Set([...text.matchAll(/\bprocess\.env\.([A-Z0-9_]+)/g)].map(([, name = ""]) => name));
})();

/** The variables that `entries`, all that they import and their packages read. */
function variablesOf(entries: readonly string[]): string[] {
  const read = new Set(entries.flatMap((entry) => [...settingsRead(CODE.sources, entry).read]));
  return [
    ...read,
    ...read.has("DATABASE_URL") ? POSTGRES : [],
    ...entries.some((entry) => entry.startsWith("actors/stream/")) ? WEB_SOCKETS : [],
  ].sort();
}

Deno.test("a process may read the variables that it and its packages read, and no others", async () => {
  const { permissions } = JSON.parse(await readFile(new URL("deno.json", ROOT), "utf8"));
  assert.deepEqual(Object.keys(permissions).sort(), Object.keys(ENTRIES).sort());
  for (const [name, entries] of Object.entries(ENTRIES)) {
    assert.deepEqual(permissions[name].env.toSorted(), variablesOf(entries), name);
  }
});

Deno.test("the variables are found wherever they are read", () => {
  const edge = variablesOf(["edge/main.ts"]);
  for (const name of ["DENO_DEPLOYMENT_ID", "LOG_LEVEL", "LOG_REQUESTS", "RATE_LIMIT_READS"]) {
    assert.ok(edge.includes(name), name);
  }
  assert.ok(edge.includes("SIGNING_KEY") && edge.includes("SIGNING_KEY_FILE"));
  for (const name of ["PGUSER", "USER", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS"]) {
    assert.ok(POSTGRES.has(name), name);
    assert.ok(!variablesOf(["actors/host/main.ts"]).includes(name), name);
  }
});

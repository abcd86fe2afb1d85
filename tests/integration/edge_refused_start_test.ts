/** The edge as a process with settings that it cannot start with: it ends, and says why in a sentence. */
import assert from "node:assert/strict";
import { spawnEdge } from "./_edge_process.ts";

Deno.test("a setting that is missing or wrong stops the start with a sentence, not a stack", async () => {
  const good = { NATS_URL: "nats://127.0.0.1:1", DATABASE_URL: "postgres://127.0.0.1:1/none" };
  const cases: [Record<string, string>, RegExp][] = [
    [{ ...good, SIGNING_KEY: "" }, /Cannot start: .*SIGNING_KEY/],
    [
      { ...good, SIGNING_KEY: "secret-text" },
      /Cannot start: SIGNING_KEY is no private Ed25519 key/,
    ],
    [{ ...good, ENVIRONMENT: "staging" }, /Cannot start: ENVIRONMENT=/],
    [
      { ...good, LEGACY_QUERY_TOKEN: "yes" },
      /Cannot start: LEGACY_QUERY_TOKEN=.* neither on nor off/,
    ],
    [
      { ...good, OPS_TOKEN: "secret-text-that-is-too-short" },
      /Cannot start: OPS_TOKEN has 29 characters, needed are 32/,
    ],
    [{ ...good, DATABASE_URL: "" }, /Cannot start: .*DATABASE_URL/],
  ];
  await Promise.all(cases.map(async ([settings, sentence]) => {
    const { process, log, logged } = await spawnEdge(settings);
    assert.equal((await process.status).code, 1);
    await logged;
    assert.match(log(), sentence);
    assert.doesNotMatch(log(), /secret-text|\n\s+at /);
  }));
});

/** Idempotency keys, and what is kept of them in a real NATS. */
import assert from "node:assert/strict";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  applyStreams,
  DEFAULT_STREAM_SETTINGS,
  KEY_PREFIX,
  KEY_STREAM,
  type NatsConnection,
} from "../../actors/platform/mod.ts";
import { isUuidV7, newId, ProblemError } from "../../actors/protocol/mod.ts";
import { hashOf } from "../../actors/protocol/routing/mod.ts";
import { HeadedProblem, RateLimiter } from "../http/mod.ts";
import { aboutKey, IdempotencyKeys, parseKey } from "./idempotency.ts";
import { NatsKeptKeys } from "./kept_keys.ts";
import { withStreams } from "./testing/mod.ts";

Deno.test("a key may be quoted or bare, and has an end", () => {
  assert.equal(parseKey('"abc"'), "abc");
  assert.equal(parseKey(" abc "), "abc");
  for (const field of ["", " ", "x".repeat(256), "a\u0001", "ä"]) {
    assert.throws(
      () => parseKey(field),
      (error) =>
        error instanceof ProblemError && error.problem.errors?.[0]?.header === "Idempotency-Key",
    );
  }
});

Deno.test("what is wrong with the id that a key stands for is wrong with the key", () => {
  const said = { code: "ahead", message: "from the future" };
  const problem = { code: "validation", detail: "No" } as const;
  assert.deepEqual(
    aboutKey({ ...problem, errors: [{ pointer: "/command_id", ...said }] }, "abc"),
    { ...problem, errors: [{ header: "Idempotency-Key", ...said }] },
  );
  const others = { ...problem, errors: [{ pointer: "/payload/title", ...said }] };
  assert.deepEqual(aboutKey(others, "abc"), others);
  assert.deepEqual(aboutKey(problem, "abc"), problem);
});

Deno.test("a key that was used for something else is named, and what to do, but not the id it stands for", () => {
  const code = "idempotency-mismatch";
  const message = 'Command id "01a20132" was used for something else';
  const errors = [{ pointer: "/command_id", code, message }];
  const told = aboutKey({ code, detail: message, errors }, ' "abc" ');
  assert.match(told.detail, /^Idempotency-Key "abc" was used .* new key, or /);
  assert.deepEqual(told.errors, [{ header: "Idempotency-Key", code, message: told.detail }]);
});

/** Keys of a user without a limit of their own, or with `limit`. */
async function openKeys(
  connection: NatsConnection,
  limit = 0,
  onLimited = (_policy: string) => {},
) {
  const quota = new RateLimiter("keys", { limit, windowSeconds: 86_400 });
  return new IdempotencyKeys(await NatsKeptKeys.open(connection, { quota, onLimited }));
}

const use = { chosen: undefined, group: "g1", userId: "ana" };

async function refusal(work: Promise<unknown>): Promise<ProblemError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  assert.fail("it is not refused");
}

Deno.test("a key keeps its command id per caller and group, for a day", () =>
  withStreams(async (connection) => {
    const keys = await openKeys(connection);
    const early = await refusal(keys.commandId("k", use));
    assert.equal(early.problem.code, "unavailable", "nobody has made the stream");
    await applyStreams(connection);
    const ids = await Promise.all(Array.from({ length: 8 }, () => keys.commandId("k", use)));
    ids.push(await (await openKeys(connection)).commandId('"k"', use));
    assert.equal(new Set(ids).size, 1, "twins get the same id, at every edge");
    assert.ok(isUuidV7(ids[0] ?? ""), ids[0]);
    assert.notEqual(await keys.commandId("k", { ...use, userId: "ben" }), ids[0]);
    assert.notEqual(await keys.commandId("other", use), ids[0]);
    for (const group of ["g2", undefined]) {
      const { problem } = await refusal(keys.commandId("k", { ...use, group }));
      assert.equal(problem.code, "idempotency-mismatch");
      assert.match(problem.detail, /^Idempotency-Key "k" /);
    }
    const made = await keys.commandId("new", { ...use, group: undefined });
    assert.equal(await keys.commandId("new", { ...use, group: undefined }), made);
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info(KEY_STREAM);
    assert.deepEqual([config.max_age / 1e9, config.storage], [86_400, "file"]);
  }, { bare: true }));

Deno.test("when there is no room a new key is refused, and none that is kept is forgotten", () =>
  withStreams(async (connection) => {
    const keysMaxBytes = 20_000;
    await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, keysMaxBytes });
    const keys = await openKeys(connection);
    const ids: string[] = [];
    let full: ProblemError | undefined;
    for (let n = 0; n < 1_000 && !full; n++) {
      try {
        ids.push(await keys.commandId(`k${n}`, use));
      } catch (error) {
        full = error instanceof ProblemError ? error : assert.fail(String(error));
      }
    }
    assert.equal(full?.problem.code, "storage-full");
    assert.match(full.problem.detail, /nothing was sent\. A UUIDv7 as the key/);
    const size = keysMaxBytes / ids.length;
    assert.ok(size <= 200, `${size} bytes a key`);
    for (const [n, id] of ids.entries()) assert.equal(await keys.commandId(`k${n}`, use), id);
    const own = newId();
    assert.equal(await keys.commandId(own, use), own, "needs no room");
    await applyStreams(connection);
    assert.ok(await keys.commandId("new", use), "room was made");
    assert.equal(await keys.commandId("k0", use), ids[0]);
  }, { bare: true }));

Deno.test("who has had as many keys as one may is refused a new one, and nobody else is", () =>
  withStreams(async (connection) => {
    const limited: string[] = [];
    const keys = await openKeys(connection, 3, (policy) => limited.push(policy));
    const ids = [];
    for (const key of ["a", "b", "a", "c", "b"]) ids.push(await keys.commandId(key, use));
    const refused = await refusal(keys.commandId("d", use));
    assert.equal(refused.problem.code, "rate-limited");
    assert.ok(refused instanceof HeadedProblem);
    const seconds = Number(new Headers(refused.headers).get("retry-after"));
    assert.ok(seconds > 28_000 && seconds <= 28_800, `${seconds}`);
    assert.deepEqual(limited, ["keys"]);
    assert.equal(await keys.commandId("a", use), ids[0], "a key that is kept costs nothing");
    assert.ok(await keys.commandId("d", { ...use, userId: "ben" }));
  }));

Deno.test("a key that an earlier version has kept still stands for its command", () =>
  withStreams(async (connection) => {
    const keys = await openKeys(connection);
    const kept = { command_id: newId(), group_id: "g1" };
    const subject = KEY_PREFIX + hashOf(JSON.stringify(["ana", "k"]));
    await jetstream(connection).publish(subject, JSON.stringify(kept));
    assert.equal(await keys.commandId("k", use), kept.command_id);
    const { problem } = await refusal(keys.commandId("k", { ...use, group: "g2" }));
    assert.equal(problem.code, "idempotency-mismatch");
  }));

Deno.test("a key has up to 255 printable characters, bare or in quotation marks", () => {
  const longest = "x".repeat(255);
  for (const key of ["a", "a b", 'a"b"', longest]) {
    assert.equal(parseKey(key), key);
    assert.equal(parseKey(`"${key}"`), key);
  }
  const none = ["", '"', '""', '" a"', '"a', '"a" b', `${longest}x`, `"${longest}x"`, "ä", "a\tb"];
  for (const field of none) assert.throws(() => parseKey(field), /1 to 255/, field);
});

Deno.test("a UUIDv7 is the same key in capitals; other keys are as they are written", () => {
  const id = "019a8c1e-7b2c-7d3e-8f40-123456789abc";
  assert.equal(parseKey(id.toUpperCase()), id);
  assert.equal(parseKey(`"${id.toUpperCase()}"`), id);
  assert.equal(parseKey("Key-A"), "Key-A");
});

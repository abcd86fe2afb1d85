/** Idempotency keys, and what is kept of them in a real NATS. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { applyStreams, connectNats, KEY_STREAM } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { startNatsServer } from "../../dev/mod.ts";
import { aboutKey, NatsIdempotencyKeys, parseKey } from "./idempotency.ts";

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

Deno.test("a key keeps its command id per caller and group, for a week", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-keys-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "test" });
    try {
      const keys = await NatsIdempotencyKeys.open(connection);
      const use = { chosen: undefined, group: "g1", userId: "ana" };
      await assert.rejects(
        keys.commandId("k", use),
        (error) => error instanceof ProblemError && error.problem.code === "unavailable",
        "nobody has made the stream",
      );
      await applyStreams(connection);
      const ids = await Promise.all(Array.from({ length: 8 }, () => keys.commandId("k", use)));
      ids.push(await (await NatsIdempotencyKeys.open(connection)).commandId('"k"', use));
      assert.equal(new Set(ids).size, 1, "twins get the same id, at every edge");
      assert.notEqual(await keys.commandId("k", { ...use, userId: "ben" }), ids[0]);
      assert.notEqual(await keys.commandId("other", use), ids[0]);
      for (const group of ["g2", undefined]) {
        await assert.rejects(
          keys.commandId("k", { ...use, group }),
          (error) => error instanceof ProblemError && /^Idempotency-Key "k" /.test(error.message),
        );
      }
      const made = await keys.commandId("new", { ...use, group: undefined });
      assert.equal(await keys.commandId("new", { ...use, group: undefined }), made);
      const manager = await jetstreamManager(connection);
      const { config } = await manager.streams.info(KEY_STREAM);
      assert.deepEqual([config.max_age / 1e9, config.storage], [7 * 86_400, "file"]);
    } finally {
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("a UUIDv7 is the same key in capitals; other keys are as they are written", () => {
  const id = "019a8c1e-7b2c-7d3e-8f40-123456789abc";
  assert.equal(parseKey(id.toUpperCase()), id);
  assert.equal(parseKey(`"${id.toUpperCase()}"`), id);
  assert.equal(parseKey("Key-A"), "Key-A");
});

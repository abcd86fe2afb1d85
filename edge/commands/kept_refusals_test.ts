/** Refusals that are kept for all edges, in a real NATS. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { applyStreams, REFUSAL_STREAM } from "../../actors/platform/mod.ts";
import type { Problem } from "../../actors/protocol/mod.ts";
import { command, query, withStreams } from "./testing/mod.ts";
import { NatsRefusals } from "./kept_refusals.ts";

Deno.test("the last refusal of a command is told by every edge, to its sender, for a day", () =>
  withStreams(async (connection) => {
    const [one, other] = [await NatsRefusals.open(connection), await NatsRefusals.open(connection)];
    assert.equal(await other.find(query), undefined, "nobody has made the stream");
    await applyStreams(connection);
    assert.equal(await other.find(query), undefined);
    const errors = [{ pointer: "/payload/title", code: "long", message: "Too long" }];
    const problems: Problem[] = [
      { code: "validation", detail: "No", errors },
      { code: "version-conflict", detail: "Moved on", version: 7 },
    ];
    for (const problem of problems) {
      await one.keep(command, problem);
      const { problem: told, keptAtMs } = await other.find(query) ?? assert.fail("it is kept");
      assert.deepEqual(told, problem);
      assert.ok(Math.abs(keptAtMs - Date.now()) < 5_000);
    }
    for (const change of [{ userId: "ben" }, { groupId: "g2" }, { commandId: "c2" }]) {
      assert.equal(await other.find({ ...query, ...change }), undefined);
    }
    const manager = await jetstreamManager(connection);
    const { config, state } = await manager.streams.info(REFUSAL_STREAM);
    assert.deepEqual([config.max_age / 1e9, config.storage, state.messages], [86_400, "file", 1]);
  }, { bare: true }));

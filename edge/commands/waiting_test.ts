/** Commands that wait, found in a real mailbox with cursors that are made up here. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import {
  blockOf,
  CURSOR_BUCKET,
  cursorKey,
  groupSubject,
  partitionOf,
} from "../../actors/protocol/routing/mod.ts";
import { withStreams } from "./testing/mod.ts";
import { waitingCommands } from "./waiting.ts";

const query = { commandId: "c1", groupId: "g1", userId: "ana" };
const KEY = `$KV.${CURSOR_BUCKET}.${cursorKey(blockOf(partitionOf("g1")))}`;

async function store(
  connection: NatsConnection,
  content: unknown,
  groupId = "g1",
): Promise<number> {
  const data = typeof content === "string" ? content : JSON.stringify(content);
  const reply = await connection.request(groupSubject("command", groupId), data);
  return reply.json<{ seq: number }>().seq;
}

/** Says that the mailbox is done up to `sequence`; of another stream than there is when `created` says so. */
async function saveCursor(
  connection: NatsConnection,
  sequence: number,
  created?: string,
): Promise<void> {
  const manager = await jetstreamManager(connection);
  const stream_created = created ?? (await manager.streams.info("CMD-0")).created;
  await connection.request(KEY, JSON.stringify({ sequence, stream_created }));
}

async function makeBucket(connection: NatsConnection): Promise<void> {
  const manager = await jetstreamManager(connection);
  const subjects = [`$KV.${CURSOR_BUCKET}.>`];
  await manager.streams.add({ name: `KV_${CURSOR_BUCKET}`, subjects, max_msgs_per_subject: 1 });
}

Deno.test("a command waits from when it is stored until its mailbox is done so far, for its sender only", () =>
  withStreams(async (connection) => {
    const waiting = waitingCommands(connection);
    assert.equal(await waiting.find(query), undefined);
    const before = Date.now();
    const first = await store(connection, { command_id: "c1", actor: "ana" });
    const found = await waiting.find(query);
    assert.ok(found && Math.abs(found.storedAtMs - before) < 5_000, "no host has run yet");
    await makeBucket(connection);
    assert.ok(await waiting.find(query), "no host has said how far it is");
    assert.equal(await waiting.find({ ...query, userId: "ben" }), undefined);
    assert.equal(await waiting.find({ ...query, groupId: "g2" }), undefined);
    assert.equal(await waiting.find({ ...query, commandId: "c2" }), undefined);
    await saveCursor(connection, first - 1);
    assert.ok(await waiting.find(query));
    await saveCursor(connection, first);
    assert.equal(await waiting.find(query), undefined);
    await store(connection, { command_id: "c2", actor: "ana" });
    assert.equal(await waiting.find(query), undefined, "another one waits");
    await saveCursor(connection, first + 100, "2020-01-01T00:00:00Z");
    assert.ok(await waiting.find(query), "that cursor is of another mailbox");
  }));

Deno.test("a command is found among many and behind what is no command, as it was stored last", () =>
  withStreams(async (connection) => {
    const waiting = waitingCommands(connection);
    await store(connection, "no JSON");
    await store(connection, { command_id: "c1", actor: "ana" });
    const first = (await waiting.find(query))?.storedAtMs ?? assert.fail("it waits");
    await Promise.all(
      Array.from(
        { length: 1_200 },
        (_, n) => store(connection, { command_id: `o${n}`, actor: "o" }),
      ),
    );
    await store(connection, { command_id: "c1", actor: "ana" });
    const last = (await waiting.find(query))?.storedAtMs ?? assert.fail("it waits");
    assert.ok(last > first);
  }));

Deno.test("a queue that is too long to look through is said to be, not that the command is not there", () =>
  withStreams(async (connection) => {
    await Promise.all(
      Array.from(
        { length: 5_300 },
        (_, n) => store(connection, { command_id: `o${n}`, actor: "o" }),
      ),
    );
    await assert.rejects(
      waitingCommands(connection).find(query),
      (error) => error instanceof ProblemError && error.problem.code === "unavailable",
    );
  }));

/**
 * Hosts of two versions of the code at once, as during a deploy: groups move from older to newer code and back,
 * and older code meets events of types that it does not know.
 */
import assert from "node:assert/strict";
import { groupKind } from "../../actors/group/mod.ts";
import { Host } from "../../actors/host/mod.ts";
import {
  connectNats,
  createMetrics,
  DEFAULT_STREAM_SETTINGS,
  readFrom,
} from "../../actors/platform/mod.ts";
import { decodeCommit, type GroupEvent, newId, versionOf } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { MailboxClient } from "./_mailbox_client.ts";
import { withNats } from "./_nats_fixture.ts";
import { until } from "./_until.ts";

const OWNER = "owner";
const GROUPS = 16;
const OLDER_TYPE = "com.todo1m.todo.updated";
const NEWER_TYPE = "com.todo1m.todo.sparkled";

/** Groups as newer code decides them: a change of a todo is an event of a type that older code does not know. */
const newerKind: typeof groupKind = {
  ...groupKind,
  decide(state, command, context) {
    const decision = groupKind.decide(state, command, context);
    if (decision.kind !== "accepted" || command.type !== "todo.update") return decision;
    const events = decision.events.map((event) =>
      ({ ...event, type: NEWER_TYPE }) as unknown as GroupEvent
    );
    return { kind: "accepted", events, state: events.reduce(groupKind.evolve, state) };
  },
  snapshots: { ...groupKind.snapshots, schema: () => "newer" },
};

/** A host with a connection of its own. */
async function startHost(url: string, name: string, kind: typeof groupKind) {
  const connection = await connectNats({ url, name });
  const host = await Host.start(connection, {
    name,
    kinds: [kind],
    streams: DEFAULT_STREAM_SETTINGS,
    maxActorBytes: 1e8,
    idleMs: 60_000,
    snapshotEvery: 2,
    forceAllBlocks: false,
    metrics: createMetrics(name),
  });
  return {
    async stop() {
      await host[Symbol.asyncDispose]();
      await connection.close();
    },
  };
}

Deno.test("groups move between older and newer code, there and back, and no event is lost or decided twice", () =>
  withNats(async (connection, { url }) => {
    using client = new MailboxClient(connection);
    const groups = Array.from({ length: GROUPS }, () => newId());
    const sent: string[] = [];
    const commit = async (groupId: string, body: Parameters<MailboxClient["send"]>[2]) => {
      const id = newId();
      sent.push(id);
      for (let attempt = 0; attempt < 20; attempt++) {
        const outcome = await client.send(groupId, OWNER, body, { id, timeoutMs: 1_000 });
        if (!outcome) continue;
        assert.ok(outcome.status === "committed", JSON.stringify(outcome));
        return outcome.events.map(({ type }) => type as string);
      }
      return assert.fail(`${id} has no outcome`);
    };
    let stage = 0;
    /** A todo in each group, changed; answers the types of event that the changes led to. */
    const work = async () => {
      stage++;
      const types = await Promise.all(groups.map(async (groupId) => {
        const todo_id = `todo-${stage}`;
        await commit(groupId, { type: "todo.create", payload: { todo_id, title: "New" } });
        return await commit(groupId, {
          type: "todo.update",
          payload: { todo_id, title: "Changed" },
        });
      }));
      return [...new Set(types.flat())].sort();
    };
    /** Works until both decide, each for some of the groups. */
    const workBoth = () => until(async () => (await work()).length === 2, 20_000);
    const older = await startHost(url, "older", groupKind);
    for (const groupId of groups) {
      await commit(groupId, { type: "group.create", payload: { name: "Home" } });
    }
    assert.deepEqual(await work(), [OLDER_TYPE]);
    const newer = await startHost(url, "newer", newerKind);
    await workBoth();
    await older.stop();
    assert.deepEqual(await work(), [NEWER_TYPE]);
    // The deploy is taken back.
    const again = await startHost(url, "again", groupKind);
    await workBoth();
    await newer.stop();
    assert.deepEqual(await work(), [OLDER_TYPE]);
    await again.stop();
    const causes: string[] = [];
    for (const groupId of groups) {
      const own: GroupEvent[] = [];
      for await (
        const { data } of readFrom(connection, "EV-0", groupSubject("event", groupId), 1)
      ) {
        own.push(...decodeCommit(data));
      }
      assert.deepEqual(own.map(versionOf), own.map((_, i) => i + 1), "versions are dense");
      causes.push(...own.map(({ causationid }) => causationid));
    }
    assert.deepEqual([...new Set(causes)].sort(), sent.sort());
  }));

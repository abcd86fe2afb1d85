/** Timers against a real server: what is stored under which names, what replaces and what cancels. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { startNatsServer } from "../../../dev/mod.ts";
import { applyStreams, connectNats, DEFAULT_STREAM_SETTINGS, Outbox } from "../../platform/mod.ts";
import { isUuidV7, newId, uuidTimeMs } from "../../protocol/mod.ts";
import {
  blockOf,
  groupSubject,
  partitionOf,
  shardOfBlock,
  timerSubject,
} from "../../protocol/routing/mod.ts";
import { NatsTimers } from "./nats_timers.ts";
import { type ActorCommand } from "../../kind/mod.ts";

const FAR = "2100-01-01T00:00:00.000Z";
const FARTHER = "2100-02-01T00:00:00.000Z";

interface Site {
  readonly connection: NatsConnection;
  readonly timers: NatsTimers;
  /** The names of what waits in shard 0, without what they all begin with. */
  readonly waiting: (groupId: string) => Promise<string[]>;
}

async function withSite(run: (site: Site) => Promise<void>, shards = 1): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-timers-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "test" });
    await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, shards });
    const timers = new NatsTimers(connection, {
      kind: "group",
      shards,
      outbox: new Outbox(connection),
    });
    const manager = await jetstreamManager(connection);
    const waiting = async (groupId: string) => {
      const prefix = timerSubject({ kind: "group", id: groupId }, {
        about: "t",
        name: "r",
        version: 1,
      })
        .slice(0, -"t.r.1".length);
      const found = await Promise.all(
        Array.from(
          { length: shards },
          (_, shard) => manager.streams.info(`TIMER-${shard}`, { subjects_filter: `${prefix}>` }),
        ),
      );
      return found.flatMap(({ state }) => Object.keys(state.subjects ?? {}))
        .map((subject) => subject.slice(prefix.length))
        .sort();
    };
    try {
      await run({ connection, timers, waiting });
    } finally {
      timers[Symbol.dispose]();
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** What the todo "t" is to have. */
const change = (at: Readonly<Record<string, string>>, fresh = false) => ({
  about: "t",
  armed: Object.entries(at).map(([name, at]) => ({ name, at, command: { what: name } })),
  fresh,
});

Deno.test("a todo's timers are replaced as a whole, and those of its neighbours left alone", async () => {
  await withSite(async ({ timers, waiting }) => {
    const [group, other] = [newId(), newId()];
    const neighbour = { ...change({ r: FAR }, true), about: "u" };
    await timers.set(group, 2, [change({ r: FAR, s: FAR }, true), neighbour]);
    await timers.set(other, 2, [change({ r: FAR }, true)]);
    assert.deepEqual(await waiting(group), ["t.r.2", "t.s.2", "u.r.2"]);
    await timers.set(group, 5, [change({ s: FARTHER })]);
    assert.deepEqual(await waiting(group), ["t.s.5", "u.r.2"]);
    await timers.set(group, 7, [change({})]);
    assert.deepEqual(await waiting(group), ["u.r.2"]);
    assert.deepEqual(await waiting(other), ["t.r.2"]);
  });
});

Deno.test("setting the same timers again changes nothing, however often", async () => {
  await withSite(async ({ connection, timers, waiting }) => {
    const group = newId();
    for (let i = 0; i < 3; i++) await timers.set(group, 3, [change({ r: FAR, s: FAR })]);
    assert.deepEqual(await waiting(group), ["t.r.3", "t.s.3"]);
    const manager = await jetstreamManager(connection);
    assert.equal((await manager.streams.info("TIMER-0")).state.messages, 2);
  });
});

Deno.test("a host that comes late neither replaces nor cancels what its successor has set", async () => {
  await withSite(async ({ timers, waiting }) => {
    const group = newId();
    await timers.set(group, 9, [change({ r: FAR })]);
    await timers.set(group, 4, [change({})]);
    assert.deepEqual(await waiting(group), ["t.r.9"]);
    // Too many do no harm: they fire without effect.
    await timers.set(group, 5, [change({ r: FARTHER })]);
    assert.deepEqual(await waiting(group), ["t.r.5", "t.r.9"]);
    await timers.set(group, 12, [change({})]);
    assert.deepEqual(await waiting(group), []);
  });
});

Deno.test("what is due lies in the mailbox as a command that every setting of the timer would have sent", async () => {
  await withSite(async ({ connection, timers }) => {
    const group = newId();
    const at = new Date(Date.now() + 300).toISOString();
    await timers.set(group, 2, [change({ r: at }, true)]);
    await timers.set(group, 2, [change({ r: at })]);
    const manager = await jetstreamManager(connection);
    const last_by_subj = groupSubject("command", group);
    const read = () => manager.streams.getMessage("CMD-0", { last_by_subj });
    let message = await read();
    for (let i = 0; i < 100 && !message; i++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      message = await read();
    }
    const { command_id, ...command } = message?.json<ActorCommand>() ?? { command_id: "" };
    assert.deepEqual(command, { what: "r" });
    assert.ok(isUuidV7(command_id));
    assert.equal(uuidTimeMs(command_id), Date.parse(at));
    assert.equal((await manager.streams.info("CMD-0")).state.messages, 1);
  });
});

Deno.test("with several streams each timer lies in that of its group's mailbox and gets there", async () => {
  await withSite(async ({ connection, timers, waiting }) => {
    const manager = await jetstreamManager(connection);
    const groups = new Map<number, string>();
    while (groups.size < 4) {
      const group = newId();
      groups.set(shardOfBlock(blockOf(partitionOf(group)), 4), group);
    }
    for (const group of groups.values()) {
      const soon = new Date(Date.now() + 50).toISOString();
      await timers.set(group, 2, [change({ r: FAR, s: soon }, true)]);
    }
    for (const [shard, group] of groups) {
      const stream = `CMD-${shard}`;
      for (let i = 0; i < 100; i++) {
        if ((await manager.streams.info(stream)).state.messages > 0) break;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      assert.equal((await manager.streams.info(stream)).state.messages, 1, stream);
      assert.deepEqual(await waiting(group), ["t.r.2"]);
    }
  }, 4);
});

Deno.test("what cannot be stored is an error", async () => {
  await withSite(async ({ connection, timers }) => {
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info("TIMER-0");
    await manager.streams.update("TIMER-0", { ...config, max_msg_size: 1 });
    await assert.rejects(timers.set(newId(), 2, [change({ r: FAR }, true)]), /Cannot set timer/);
    await manager.streams.delete("TIMER-0");
    await assert.rejects(timers.set(newId(), 2, [change({ r: FAR }, true)]), /Cannot set timer/);
    await assert.rejects(timers.set(newId(), 2, [change({})]), /stream not found/);
  });
});

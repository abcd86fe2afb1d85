/** Snapshots, and loading by them, against a real server. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { startNatsServer } from "../../../dev/mod.ts";
import { groupKind, type GroupState, toSnapshot } from "../../group/mod.ts";
import { applyStreams, connectNats, MILESTONE_STREAM, Outbox } from "../../platform/mod.ts";
import { newId } from "../../protocol/mod.ts";
import { groupSubject, headers, milestoneSubject } from "../../protocol/routing/mod.ts";
import { environmentOf, waiting } from "../testing/mod.ts";
import type { SnapshotHead } from "../../protocol/snapshot/mod.ts";
import { Actor, load, Snapshots } from "../actor/mod.ts";
import { NatsLog } from "./nats_log.ts";
import { NatsSnapshots } from "./nats_snapshots.ts";

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const giveWay = () => pause(0);

const HEAD: SnapshotHead = {
  schema: "s",
  log: "EV-0 2026-01-01T00:00:00Z",
  version: 12,
  sequence: 34,
  hash: "ab".repeat(32),
  mailboxSequence: 56,
};

interface Site {
  readonly connection: NatsConnection;
  readonly store: NatsSnapshots;
  readonly log: NatsLog;
  /** Snapshots of the groups in `log`, and how each read ended. */
  readonly open: (
    log: NatsLog,
  ) => { readonly snapshots: Snapshots<GroupState>; readonly reads: string[] };
}

async function withSite(run: (site: Site) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-snapshots-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "test" });
    await applyStreams(connection);
    const store = new NatsSnapshots(connection, { kind: "group", shards: 1, giveWay });
    using log = new NatsLog(connection, {
      kind: "group",
      shards: 1,
      outbox: new Outbox(connection),
    });
    const open = (log: NatsLog) => {
      const reads: string[] = [];
      const snapshots = new Snapshots({
        kind: groupKind,
        store,
        log,
        giveWay,
        onRead: (result) => reads.push(result),
        onWrite: (result, { error }) => assert.equal(result, "stored", String(error)),
      });
      return { snapshots, reads };
    };
    try {
      await run({ connection, store, log, open });
    } finally {
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** An actor that has made a group of `todos` todos, each a commit of its own. */
async function makeGroup(log: NatsLog, todos: number, groupId = newId()) {
  const { environment } = environmentOf(log);
  const actor = new Actor(groupId, { ...environment, pause });
  let sequence = 0;
  actor.offer(
    waiting(groupId, { type: "group.create", payload: { name: "Home" } }, { sequence: ++sequence }),
  );
  await actor.settled;
  for (let n = 0; n < todos; n++) {
    const payload = { title: `Todo ${n} 漢字` };
    actor.offer(waiting(groupId, { type: "todo.create", payload }, { sequence: ++sequence }));
    await actor.settled;
  }
  return actor;
}

Deno.test("the newest snapshot of a group comes back as it was, and only that one is kept", async () => {
  await withSite(async ({ connection, store }) => {
    const [one, two] = [newId(), newId()];
    assert.equal(await store.read(one), undefined);
    await store.write(one, { head: HEAD, body: ["old"] });
    await store.write(two, { head: { ...HEAD, version: 1 }, body: ["ot", "her 🙂"] });
    await store.write(one, { head: { ...HEAD, version: 13 }, body: ["new ".repeat(100_000)] });
    assert.deepEqual(await store.read(one), {
      head: { ...HEAD, version: 13 },
      body: "new ".repeat(100_000),
    });
    assert.deepEqual(await store.read(two), { head: { ...HEAD, version: 1 }, body: "other 🙂" });
    const manager = await jetstreamManager(connection);
    assert.equal((await manager.streams.info("SNAP-0")).state.messages, 2);
  });
});

Deno.test("the first snapshot behind each milestone is kept for ever, whoever writes later ones", async () => {
  await withSite(async ({ connection, store }) => {
    const id = newId();
    const write = (writer: NatsSnapshots, version: number) =>
      writer.write(id, { head: { ...HEAD, version }, body: [`at ${version}`] });
    const manager = await jetstreamManager(connection);
    const kept = async () => {
      const versions: Record<number, string | undefined> = {};
      for (const number of [1, 2, 3]) {
        const subject = milestoneSubject({ kind: "group", id }, number);
        const message = await manager.streams.getMessage(MILESTONE_STREAM, {
          last_by_subj: subject,
        });
        if (message) versions[number] = message.header.get(headers.VERSION);
      }
      return versions;
    };
    await write(store, 9_999);
    assert.deepEqual(await kept(), {});
    await write(store, 10_700);
    await write(store, 19_999);
    assert.deepEqual(await kept(), { 1: "10700" });
    // Another host knows nothing of it, and one that was told by the newest snapshot does not try.
    const other = new NatsSnapshots(connection, { kind: "group", shards: 1, giveWay });
    await write(other, 19_999);
    await other.read(id);
    await write(other, 31_000);
    assert.deepEqual(await kept(), { 1: "10700", 3: "31000" });
    assert.equal((await store.read(id))?.head.version, 31_000);
  });
});

Deno.test("a milestone that cannot be kept is no failure of the snapshot", async () => {
  await withSite(async ({ connection, store }) => {
    await (await jetstreamManager(connection)).streams.delete(MILESTONE_STREAM);
    const id = newId();
    assert.equal(
      await store.write(id, { head: { ...HEAD, version: 10_000 }, body: ["x"] }),
      "stored",
    );
    assert.equal((await store.read(id))?.head.version, 10_000);
  });
});

Deno.test("a snapshot beyond what the server takes is not sent", async () => {
  await withSite(async ({ store }) => {
    const groupId = newId();
    const body = Array.from(
      { length: 20 },
      () => crypto.getRandomValues(new Uint8Array(60_000)).toHex(),
    );
    assert.equal(await store.write(groupId, { head: HEAD, body }), "too-large");
    assert.equal(await store.read(groupId), undefined);
  });
});

Deno.test("without the stream snapshots are neither read nor written, and groups are loaded", async () => {
  await withSite(async ({ connection, store, log, open }) => {
    const actor = await makeGroup(log, 2);
    await (await jetstreamManager(connection)).streams.delete("SNAP-0");
    await assert.rejects(store.write(actor.id, { head: HEAD, body: ["x"] }));
    const { snapshots, reads } = open(log);
    assert.equal(
      (await load({ kind: groupKind, log, snapshots, pause }, actor.id)).state.version,
      4,
    );
    assert.deepEqual(reads, ["unreadable"]);
  });
});

Deno.test("a group is loaded by its snapshot, and by the log when the snapshot's bytes are damaged", async () => {
  await withSite(async ({ connection, log, open }) => {
    const actor = await makeGroup(log, 5);
    const { confirmed, id: groupId } = actor;
    assert.ok(confirmed);
    const { snapshots, reads } = open(log);
    snapshots.offer(confirmed);
    await snapshots.settle();
    actor.offer(
      waiting(groupId, { type: "todo.create", payload: { title: "After" } }, { sequence: 7 }),
    );
    await actor.settled;
    const whole = toSnapshot((await load({ kind: groupKind, log, pause }, groupId)).state);

    const loaded = await load({ kind: groupKind, log, snapshots, pause }, groupId);
    assert.equal(loaded.unsaved.commits, 1);
    assert.deepEqual(toSnapshot(loaded.state), whole);
    assert.deepEqual(reads, ["found"]);

    const manager = await jetstreamManager(connection);
    const subject = groupSubject("snapshot", groupId);
    const stored = await manager.streams.getMessage("SNAP-0", { last_by_subj: subject });
    assert.ok(stored);
    const damaged = Uint8Array.from(stored.data);
    damaged.fill(0, 20, 40);
    await connection.request(subject, damaged, { timeout: 1_000, headers: stored.header });
    assert.deepEqual(
      toSnapshot((await load({ kind: groupKind, log, snapshots, pause }, groupId)).state),
      whole,
    );
    stored.header.set("Todo-Log-Sequence", "-1");
    await connection.request(subject, stored.data, { timeout: 1_000, headers: stored.header });
    assert.deepEqual(
      toSnapshot((await load({ kind: groupKind, log, snapshots, pause }, groupId)).state),
      whole,
    );
    assert.deepEqual(reads, ["found", "corrupt", "corrupt"]);
  });
});

Deno.test("after the log was deleted and made anew no snapshot of before is used", async () => {
  await withSite(async ({ connection, log, open }) => {
    const actor = await makeGroup(log, 3);
    const { confirmed, id: groupId } = actor;
    assert.ok(confirmed);
    const { snapshots, reads } = open(log);
    snapshots.offer(confirmed);
    await snapshots.settle();
    const manager = await jetstreamManager(connection);
    await manager.streams.delete("EV-0");
    await applyStreams(connection);
    // A host that runs on does not know, one that starts does; neither uses it.
    using later = new NatsLog(connection, {
      kind: "group",
      shards: 1,
      outbox: new Outbox(connection),
    });
    const { snapshots: fresh, reads: freshReads } = open(later);
    assert.equal(
      (await load({ kind: groupKind, log, snapshots, pause }, groupId)).state.version,
      0,
    );
    await makeGroup(later, 6, groupId);
    const whole = toSnapshot((await load({ kind: groupKind, log: later, pause }, groupId)).state);
    const known = await load({ kind: groupKind, log, snapshots, pause }, groupId);
    assert.deepEqual(toSnapshot(known.state), whole);
    assert.deepEqual(reads, ["found", "newer", "found", "history"]);
    const started = await load({ kind: groupKind, log: later, snapshots: fresh, pause }, groupId);
    assert.deepEqual(toSnapshot(started.state), whole);
    assert.deepEqual(freshReads, ["incarnation"]);
  });
});

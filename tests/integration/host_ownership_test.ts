/**
 * Several group hosts as processes of their own: they share the blocks, take over from a killed one, hand
 * over when one stops or comes, and agree again after one was paused. Under load each time, and no command
 * is lost, done twice or out of order.
 */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { applyStreams, pause, streamCreated, streamName } from "../../actors/platform/mod.ts";
import { BLOCKS } from "../../actors/protocol/routing/mod.ts";
import { type NatsServer, pauseProcess } from "../../dev/mod.ts";
import { HostLoad, HostWatch } from "./_host_load.ts";
import { type HostProcess, startHostProcess } from "./_host_process.ts";
import { withNats } from "./_nats_fixture.ts";
import { until } from "./_until.ts";

/** Longest that a command may wait for the takeover of a dead owner's blocks. */
const TAKEOVER_MS = 3_000;
/** Longest that a command may wait for a planned handover, on a machine that does other things too. */
const HANDOVER_MS = 1_500;

/** What JetStream answers to a publish. */
interface Ack {
  readonly error?: unknown;
}

interface Site {
  readonly connection: NatsConnection;
  readonly nats: NatsServer;
  readonly watch: HostWatch;
  /** Starts a host; it is gone at the end of the test. */
  readonly start: (name: string, env?: Record<string, string>) => Promise<HostProcess>;
}

function withSite(run: (site: Site) => Promise<void>, shards = 1): Promise<void> {
  return withNats(async (connection, nats) => {
    using watch = new HostWatch(connection);
    await using hosts = new AsyncDisposableStack();
    const own = { STREAM_SHARDS: `${shards}` };
    const start = async (name: string, env: Record<string, string> = {}) =>
      hosts.use(await startHostProcess(nats.url, { HOST_NAME: name, ...own, ...env }));
    await run({ connection, nats, watch, start });
  }, { shards });
}

Deno.test("one of three hosts is killed, one is stopped, one comes: nothing is lost and nobody waits long", async () => {
  await withSite(async ({ connection, watch, start }) => {
    const [a, b] = await Promise.all([start("a"), start("b"), start("c")]);
    await watch.untilShared(["a", "b", "c"]);
    await using load = new HostLoad(connection, { groups: 30 });
    await load.start(100);
    await pause(500);

    const killedAt = performance.now();
    await a.kill("SIGKILL");
    await watch.untilShared(["b", "c"]);
    await pause(500);

    const comesAt = performance.now();
    await start("d");
    await watch.untilShared(["b", "c", "d"]);
    await pause(500);

    const stopsAt = performance.now();
    const { code } = await b.kill("SIGTERM");
    assert.equal(code, 0);
    await watch.untilShared(["c", "d"]);
    await pause(500);

    await load.audit();
    const takeoverMs = load.slowestBetween(killedAt, comesAt);
    assert.ok(takeoverMs > 500, `nobody noticed the kill: ${takeoverMs} ms`);
    assert.ok(takeoverMs < TAKEOVER_MS, `a command waited ${takeoverMs} ms for a takeover`);
    const comingMs = load.slowestBetween(comesAt, stopsAt);
    assert.ok(comingMs < HANDOVER_MS, `a command waited ${comingMs} ms for a host that came`);
    const drainMs = load.slowestBetween(stopsAt, performance.now());
    assert.ok(drainMs < HANDOVER_MS, `a command waited ${drainMs} ms for a host that stopped`);
    const takeovers = watch.named("c")?.takeovers;
    assert.ok(takeovers && takeovers.dead > 0 && takeovers.handed > 0, JSON.stringify(takeovers));
  });
});

Deno.test("a host that comes or goes moves only its own share of the blocks", async () => {
  await withSite(async ({ watch, start }) => {
    await Promise.all([start("a"), start("b")]);
    await watch.untilShared(["a", "b"]);
    const ownedBy = (name: string) =>
      new Set(watch.named(name)?.blocks.map(({ block }) => block) ?? []);
    const before = [ownedBy("a"), ownedBy("b")];
    const c = await start("c");
    await watch.untilShared(["a", "b", "c"]);
    const moved = ownedBy("c").size;
    assert.ok(moved > 5 && moved < 40, `${moved} blocks moved to the newcomer`);
    assert.ok(ownedBy("a").isSubsetOf(before[0] ?? new Set()));
    assert.ok(ownedBy("b").isSubsetOf(before[1] ?? new Set()));
    await c.kill("SIGTERM");
    await watch.untilShared(["a", "b"]);
    assert.deepEqual([ownedBy("a"), ownedBy("b")], before);
  });
});

Deno.test("a host that was paused past its death drops what it believed and joins again", async () => {
  await withSite(async ({ connection, watch, start }) => {
    const [zombie] = await Promise.all([start("zombie"), start("other")]);
    await watch.untilShared(["zombie", "other"]);
    await using load = new HostLoad(connection, { groups: 30 });
    await load.start(100);
    await pause(300);
    const handedBefore = watch.named("zombie")?.takeovers.handed ?? 0;
    await pauseProcess(zombie.pid);
    await watch.untilShared(["other"]);
    await pause(2_000);
    Deno.kill(zombie.pid, "SIGCONT");
    // It owns a block again only because that was handed to it: what it had before is gone.
    await until(() => {
      const { blocks = [], takeovers } = watch.named("zombie") ?? {};
      return blocks.length > 0 && (takeovers?.handed ?? 0) >= handedBefore + blocks.length;
    }, 15_000);
    await watch.untilShared(["zombie", "other"]);
    await pause(500);
    await load.audit();
  });
});

Deno.test("a lone host owns everything at once, also after a host that was killed", async () => {
  await withSite(async ({ connection, watch, start }) => {
    const first = await start("first");
    await until(() => watch.named("first")?.blocks.length === BLOCKS, 1_500);
    await first.kill("SIGKILL");
    await using load = new HostLoad(connection, { groups: 3 });
    const loading = load.start(50);
    await start("second");
    await until(() => watch.named("second")?.blocks.length === BLOCKS, 1_500);
    await loading;
    await pause(300);
    await load.audit();
  });
});

for (const shards of [1, 4]) {
  const mailboxes = Array.from({ length: shards }, (_, shard) => streamName("CMD", shard));
  const cut = shards === 1 ? "the mailbox" : `each of ${shards} mailbox streams`;

  Deno.test(`${cut} is emptied once the cursors of all hosts are saved, however quiet a host is`, () =>
    withSite(async ({ connection, watch, start }) => {
      await Promise.all([start("a"), start("b"), start("c")]);
      await watch.untilShared(["a", "b", "c"]);
      await using load = new HostLoad(connection, { groups: 2 * shards });
      await load.start(5 * shards);
      await pause(500);
      await load.audit();
      const manager = await jetstreamManager(connection, { checkAPI: false });
      for (const stream of mailboxes) {
        await until(async () => (await manager.streams.info(stream)).state.messages === 0, 12_000);
      }
    }, shards));

  Deno.test(`${cut} that is full of decided commands is emptied although no tick fits into it`, () =>
    withSite(async ({ connection, watch, start }) => {
      // What fills it is no command, which the hosts would log.
      const env = { MAILBOX_MAX_BYTES: "20000", LOG_LEVEL: "fatal" };
      await Promise.all([start("a", env), start("b", env)]);
      await watch.untilShared(["a", "b"]);
      const manager = await jetstreamManager(connection, { checkAPI: false });
      for (const partition of [0, 512]) {
        const subject = `app.command.${partition}.group.f`;
        const stream = await manager.streams.find(subject);
        const state = async () => (await manager.streams.info(stream)).state;
        for (const data of ["x".repeat(1_000), ""]) {
          let refused: unknown;
          while (!refused) refused = (await connection.request(subject, data)).json<Ack>().error;
        }
        const { last_seq } = await state();
        await until(async () => (await state()).first_seq > last_seq, 20_000);
      }
    }, shards));
}

Deno.test("a host refuses to start on cursors of a mailbox stream that is gone", async () => {
  await withSite(async ({ connection, watch, start }) => {
    const host = await start("a");
    await watch.untilShared(["a"]);
    await using load = new HostLoad(connection, { groups: 1 });
    await load.start(50);
    await load.audit();
    await host.kill("SIGTERM");
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const created = await streamCreated(connection, "CMD-0");
    await manager.streams.delete("CMD-0");
    await applyStreams(connection);
    assert.notEqual(await streamCreated(connection, "CMD-0"), created);
    await assert.rejects(start("b"), /ended before it was ready/);
  });
});

/** What the cluster's figures say of commands that nobody can see yet: behind a real host's limit. */
import assert from "node:assert/strict";
import { DiscardPolicy, jetstreamManager } from "@nats-io/jetstream";
import { ClusterWatch } from "../../actors/cluster/mod.ts";
import { groupKind } from "../../actors/group/mod.ts";
import { Host } from "../../actors/host/mod.ts";
import { createMetrics, DEFAULT_STREAM_SETTINGS } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { blockOf, groupSubject, partitionOf } from "../../actors/protocol/routing/mod.ts";
import { withNats } from "./_nats_fixture.ts";
import { until } from "./_until.ts";

const PATIENCE_MS = 20_000;
/** What a host takes from a mailbox ahead of outcomes. */
const LIMIT = 10_000;
const MORE = 1_000;

Deno.test("a block whose commands wait behind the host's limit lags until the host gets to them", () =>
  withNats(async (connection) => {
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info("EV-0");
    await using _host = await Host.start(connection, {
      name: "test",
      kinds: [groupKind],
      streams: DEFAULT_STREAM_SETTINGS,
      maxActorBytes: 1e8,
      idleMs: 60_000,
      snapshotEvery: 1_000,
      forceAllBlocks: false,
      metrics: createMetrics("test"),
    });
    using watch = new ClusterWatch(connection);
    const blockNow = async (id: string) => {
      const { blocks } = await watch.look();
      return blocks[blockOf(partitionOf(id))] ?? assert.fail();
    };
    // No outcome becomes durable, so that the host takes no more than it may hold.
    await manager.streams.update("EV-0", { ...config, discard: DiscardPolicy.New, max_bytes: 1 });
    const busy = Array.from({ length: 20 }, () => newId());
    const blockNumber = (id: string) => blockOf(partitionOf(id));
    const taken = new Set(busy.map(blockNumber));
    let behind = newId();
    while (taken.has(blockNumber(behind))) behind = newId();
    const send = (group_id = "") => {
      const command = { command_id: newId(), group_id, actor: "ana", type: "group.create" };
      const data = JSON.stringify({ ...command, payload: { name: "Home" } });
      connection.publish(groupSubject("command", group_id), data);
    };
    for (let i = 0; i < LIMIT + MORE; i++) send(busy[i % busy.length]);
    send(behind);
    await connection.flush();
    await until(async () => (await watch.look()).totals.pending === LIMIT, PATIENCE_MS);
    let waiting = await blockNow(behind);
    await until(
      async () => (waiting = await blockNow(behind)).cursor_lag > MORE,
      PATIENCE_MS,
      () => JSON.stringify(waiting),
    );
    assert.equal(waiting.pending, 0, "none of its commands is taken");
    assert.ok(waiting.cursor_lag < MORE + 50, `but for ticks ${waiting.cursor_lag} wait`);

    await manager.streams.update("EV-0", { ...config, discard: DiscardPolicy.Old, max_bytes: -1 });
    await until(async () => {
      const { blocks } = await watch.look();
      return blocks.every(({ cursor_lag, pending }) => cursor_lag === 0 && pending === 0);
    }, PATIENCE_MS);
  }));

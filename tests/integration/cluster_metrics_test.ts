/** The cluster's metrics on a real server, with hosts whose reports the test makes. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { ClusterWatch, createClusterMetrics } from "../../actors/cluster/mod.ts";
import { createMetrics, recordDeadLetter } from "../../actors/platform/mod.ts";
import {
  type BlockReport,
  BLOCKS,
  type HostReport,
  hostReportSubject,
} from "../../actors/protocol/routing/mod.ts";
import { withNats } from "./_nats_fixture.ts";
import { until } from "./_until.ts";

function report(host_id: string, blocks: readonly BlockReport[]): HostReport {
  return {
    host_id,
    name: host_id,
    started_at: new Date().toISOString(),
    code_version: "1",
    draining: false,
    blocks,
    resident_actors: 2,
    actor_bytes: 2_000,
    commands: 0,
    takeovers: { dead: 0, handed: 0 },
  };
}

/** Blocks from `first` to before `end`, done up to `cursor`. */
function blocks(first: number, end: number, cursor: number, pending = 0): BlockReport[] {
  return Array.from({ length: end - first }, (_, i) => ({ block: first + i, cursor, pending }));
}

/** A watch of `connection` and what a scrape of it tells: values by name and labels. */
function watchOf(connection: NatsConnection) {
  const watch = new ClusterWatch(connection);
  const metrics = createMetrics("test");
  createClusterMetrics(metrics, watch);
  const scrape = async () => {
    const text = (await metrics.registry.metrics()).replaceAll(/,?process="test"/g, "");
    const lines = text.split("\n").filter((line) => /^tf_(cluster|jetstream)_/.test(line));
    return new Map(lines.map((line) => {
      const [name = "", value] = line.replace("{}", "").split(" ");
      return [name, Number(value)] as const;
    }));
  };
  const send = async (...hosts: readonly HostReport[]) => {
    for (const each of hosts) {
      connection.publish(hostReportSubject(each.host_id), JSON.stringify(each));
    }
    await connection.flush();
  };
  return { watch, scrape, send };
}

Deno.test("a scrape tells hosts, blocks without owner, mailbox depths, and sizes of streams and their limits", async () => {
  await withNats(async (connection) => {
    for (let i = 0; i < 8; i++) await connection.request("app.command.1.group.a", "x");
    await recordDeadLetter(connection, {
      subject: "app.command.1.group.a",
      stream: "CMD-0",
      sequence: 1,
      data: new Uint8Array(10),
      error: new Error("No JSON"),
      tries: 1,
      process: "test",
    });
    const manager = await jetstreamManager(connection);
    for (const name of ["FOREIGN-1", "FOREIGN-2"]) {
      await manager.streams.add({ name, subjects: [name], max_bytes: 1_000_000 });
      await connection.request(name, "x");
    }
    const { watch, scrape, send } = watchOf(connection);
    using _watch = watch;
    connection.publish(hostReportSubject("nonsense"), "{}");
    await send(
      report("one", [...blocks(0, 1, 5, 3), ...blocks(1, 40, 8)]),
      report("two", blocks(39, BLOCKS - 2, 8)),
    );
    const first = await scrape();
    const told = (...names: readonly string[]) => names.map((name) => first.get(name));
    assert.deepEqual(
      told(
        'tf_cluster_hosts{state="live"}',
        'tf_cluster_hosts{state="draining"}',
        'tf_cluster_hosts{state="silent"}',
      ),
      [2, 0, 0],
    );
    assert.deepEqual(told("tf_cluster_unowned_blocks", "tf_cluster_contested_blocks"), [2, 1]);
    assert.deepEqual(told("tf_cluster_resident_actors", "tf_cluster_commands_per_second"), [4, 0]);
    const mailbox = '{stream="CMD-0"}';
    assert.equal(first.get(`tf_cluster_mailbox_depth${mailbox}`), 3);
    assert.equal(first.get(`tf_cluster_cursor_lag${mailbox}`), 8, "blocks without an owner");
    const { config, state } = await manager.streams.info("CMD-0");
    assert.deepEqual(
      told(
        `tf_jetstream_messages${mailbox}`,
        `tf_jetstream_bytes${mailbox}`,
        `tf_jetstream_max_bytes${mailbox}`,
      ),
      [8, state.bytes, config.max_bytes],
    );
    assert.equal(first.get('tf_jetstream_messages{stream="DLQ"}'), 1);
    assert.equal(first.get('tf_jetstream_max_bytes{stream="KEYS"}'), 512 * 1024 ** 2);
    assert.equal(first.get('tf_jetstream_bytes{stream="KEYS"}'), 0);
    assert.equal(first.has('tf_jetstream_max_bytes{stream="EV-0"}'), false, "nothing limits it");
    assert.equal(first.get('tf_jetstream_messages{stream="other"}'), 2);
    assert.ok([...first.keys()].every((name) => !name.includes("FOREIGN")));

    await send(
      report("one", [...blocks(0, 1, 5, 3), ...blocks(1, 40, 8)]),
      report("two", blocks(40, BLOCKS, 8)),
    );
    const second = await scrape();
    assert.equal(second.get("tf_cluster_unowned_blocks"), 0, "hosts are never old news");
    assert.equal(second.get("tf_cluster_contested_blocks"), 0);
    assert.equal(second.get(`tf_cluster_cursor_lag${mailbox}`), 3);
  });
});

Deno.test("however often it is scraped, JetStream is asked for its streams once in a while", async () => {
  await withNats(async (connection) => {
    let asked = 0;
    connection.subscribe("$JS.API.STREAM.LIST", { callback: () => void asked++ });
    const { watch, scrape } = watchOf(connection);
    using _watch = watch;
    await Promise.all([scrape(), scrape()]);
    for (let i = 0; i < 20; i++) await scrape();
    await connection.flush();
    assert.equal(asked, 1);
  });
});

Deno.test("a scrape does not wait for a JetStream that is silent, and tells of the hosts all the same", async () => {
  await withNats(async (connection, server) => {
    const { watch, scrape, send } = watchOf(connection);
    using _watch = watch;
    await send(report("one", blocks(0, BLOCKS, 0)));
    Deno.kill(server.pid, "SIGSTOP");
    try {
      const startedAt = performance.now();
      const silent = await scrape();
      assert.ok(performance.now() - startedAt < 2_000);
      assert.equal(silent.get('tf_cluster_hosts{state="live"}'), 1);
      assert.equal(silent.get("tf_cluster_unowned_blocks"), 0);
      assert.deepEqual([...silent.keys()].filter((name) => name.includes("stream=")), []);
    } finally {
      Deno.kill(server.pid, "SIGCONT");
    }
    await until(async () => (await scrape()).has('tf_jetstream_bytes{stream="EV-0"}'), 5_000);
  });
});

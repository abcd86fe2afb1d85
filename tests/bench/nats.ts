/**
 * What NATS costs by itself: storing messages in one copy and in three, delivering them to subscribers, and
 * the memory of subscriptions and subjects. The clients live in this process, the servers in their own;
 * what is printed is the servers' processor time and memory.
 *
 * `deno task bench:nats [--seconds 4] [--subscriptions 100000] [--json FILE]`
 */
import { parseArgs } from "node:util";
import type { NatsConnection } from "@nats-io/nats-core";
import {
  applyStreams,
  connectNats,
  DEFAULT_STREAM_SETTINGS,
  readLast,
  readLastAnywhere,
  readPage,
  streamName,
} from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { type NatsNode, natsNodes } from "../chaos/nats_nodes.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { residentBytes } from "../support/resident.ts";
import { type CostName, keepCosts } from "./costs.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "4" },
    subscriptions: { type: "string", default: "100000" },
    json: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const subscriptions = Number(values.subscriptions);

/** About the size of a commit with one event. */
const MESSAGE = new Uint8Array(700).fill(120);
/**
 * About the size of the snapshot of a group of 300 events, titles of usual length and all; what is compressed looks
 * like chance.
 */
const SNAPSHOT = crypto.getRandomValues(new Uint8Array(16 * 1024));
const IN_FLIGHT = 256;
const SUBSCRIBERS = 20;
const GROUPS = 64;
const PAGE_MESSAGES = 50;

const measured: Partial<Record<CostName, number>> = {};

function note(name: CostName, value: number, text: string): void {
  measured[name] = value;
  console.log(text);
}

/** Starts `count` servers and gives a connection to the first; everything is gone afterwards. */
async function withServers(
  count: number,
  body: (connection: NatsConnection, nodes: readonly NatsNode[]) => Promise<void>,
): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-bench-" });
  const nodes = await natsNodes(dataDir, count);
  try {
    await Promise.all(nodes.map((node) => node.start()));
    await Promise.all(nodes.map((node) => node.untilHealthy()));
    const connection = await connectNats({ url: nodes[0]?.url ?? "", name: "bench" });
    await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, replicas: count });
    await body(connection, nodes);
    await connection.close();
  } finally {
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    await Deno.remove(dataDir, { recursive: true });
  }
}

function cpuUs(nodes: readonly NatsNode[]): number {
  const times = cpuTimes(nodes.map(({ name, pid }) => ({ name, pid })));
  return [...times.values()].reduce((sum, ms) => sum + ms * 1000, 0);
}

/** Does `act` with so many under way, for a while; how often, and what that took in the servers. */
async function closedLoop(
  nodes: readonly NatsNode[],
  act: (number: number) => Promise<unknown>,
  inFlight = IN_FLIGHT,
): Promise<{ readonly rate: number; readonly us: number; readonly p50Ms: number }> {
  const before = cpuUs(nodes);
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  const tookMs: number[] = [];
  let number = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (performance.now() < end) {
      const askedAt = performance.now();
      await act(number++);
      tookMs.push(performance.now() - askedAt);
    }
  }));
  const rate = number / ((performance.now() - startedAt) / 1000);
  tookMs.sort((a, b) => a - b);
  const p50Ms = tookMs[Math.floor(tookMs.length / 2)] ?? NaN;
  return { rate, us: (cpuUs(nodes) - before) / number, p50Ms };
}

const groups = Array.from({ length: GROUPS }, () => newId());
const groupOf = (number: number) => groups[number % GROUPS] ?? "";
const store = (connection: NatsConnection) => (number: number) =>
  connection.request(groupSubject("event", groupOf(number)), MESSAGE, { timeout: 10_000 });

await withServers(1, async (connection, nodes) => {
  const stored = await closedLoop(nodes, store(connection));
  measured["nats.store_per_s"] = stored.rate;
  note(
    "nats.store_us",
    stored.us,
    `one copy:     ${stored.rate.toFixed(0)} stored/s, ${stored.us.toFixed(1)} µs each`,
  );
  await measureReads(connection, nodes);
  await measureDelivery(connection, nodes);
  await measureMemory(connection, nodes);
});
await withServers(3, async (connection, nodes) => {
  const { rate, us } = await closedLoop(nodes, store(connection));
  measured["nats.store_r3_per_s"] = rate;
  note(
    "nats.store_r3_us",
    us,
    `three copies: ${rate.toFixed(0)} stored/s, ${us.toFixed(1)} µs each in the three servers`,
  );
});
await keepCosts(values.json, measured);
Deno.exit();

async function measureReads(
  connection: NatsConnection,
  nodes: readonly NatsNode[],
): Promise<void> {
  const stream = streamName("EV", 0);
  const last = await closedLoop(
    nodes,
    (number) => readLast(connection, stream, groupSubject("event", groupOf(number))),
    16,
  );
  note(
    "nats.last_us",
    last.us,
    `newest:       ${last.rate.toFixed(0)}/s, ${last.us.toFixed(1)} µs`,
  );
  await Promise.all(
    groups.map((groupId) =>
      connection.request(groupSubject("snapshot", groupId), SNAPSHOT, { timeout: 10_000 })
    ),
  );
  const snapshots = streamName("SNAP", 0);
  const snapshot = await closedLoop(
    nodes,
    (number) => readLastAnywhere(connection, snapshots, groupSubject("snapshot", groupOf(number))),
    16,
  );
  note(
    "nats.snapshot_us",
    snapshot.us,
    `snapshot:     ${snapshot.rate.toFixed(0)}/s, ${snapshot.us.toFixed(1)} µs`,
  );
  const page = await closedLoop(nodes, (number) =>
    readPage(connection, {
      stream,
      subject: groupSubject("event", groupOf(number)),
      from: 1,
      maxMessages: PAGE_MESSAGES,
      maxBytes: 2 ** 20,
    }), 4);
  measured["nats.page_ms"] = page.p50Ms;
  note(
    "nats.page_us",
    page.us,
    `page of ${PAGE_MESSAGES}:   ${page.rate.toFixed(0)}/s, ${page.us.toFixed(1)} µs, ` +
      `p50 ${page.p50Ms.toFixed(2)} ms`,
  );
}

/** Each message to many subscribers, on connections of their own, as to many streamers. */
async function measureDelivery(
  connection: NatsConnection,
  nodes: readonly NatsNode[],
): Promise<void> {
  const url = nodes[0]?.url ?? "";
  const readers = await Promise.all(
    Array.from({ length: SUBSCRIBERS }, (_, n) => connectNats({ url, name: `reader-${n}` })),
  );
  let delivered = 0;
  for (const reader of readers) {
    reader.subscribe("bench.feed", { callback: () => void delivered++ });
  }
  await Promise.all(readers.map((reader) => reader.flush()));
  const before = cpuUs(nodes);
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    for (let n = 0; n < 50; n++) connection.publish("bench.feed", MESSAGE);
    await connection.flush();
    await Promise.all(readers.map((reader) => reader.flush()));
  }
  const us = (cpuUs(nodes) - before) / delivered;
  note("nats.delivery_us", us, `delivery:     ${delivered} in all, ${us.toFixed(2)} µs each`);
  await Promise.all(readers.map((reader) => reader.close()));
}

async function measureMemory(
  connection: NatsConnection,
  nodes: readonly NatsNode[],
): Promise<void> {
  const pid = nodes[0]?.pid ?? 0;
  const subscriber = await connectNats({ url: nodes[0]?.url ?? "", name: "subscriber" });
  const empty = residentBytes(pid);
  for (let n = 0; n < subscriptions; n++) {
    subscriber.subscribe(groupSubject("feed", newId()), { callback: () => {} });
    if (n % 1_000 === 0) await subscriber.flush();
  }
  await subscriber.flush();
  const perSubscription = (residentBytes(pid) - empty) / subscriptions;
  note(
    "nats.subscription_bytes",
    perSubscription,
    `subscription: ${perSubscription.toFixed(0)} B each of ${subscriptions}`,
  );
  await subscriber.close();
  const before = residentBytes(pid);
  const small = new Uint8Array(16);
  for (let n = 0; n < subscriptions; n += IN_FLIGHT) {
    await Promise.all(
      Array.from(
        { length: IN_FLIGHT },
        () => connection.request(groupSubject("event", newId()), small, { timeout: 10_000 }),
      ),
    );
  }
  const perSubject = Math.max(0, residentBytes(pid) - before) / subscriptions;
  note(
    "nats.subject_bytes",
    perSubject,
    `subject:      ${perSubject.toFixed(0)} B each of ${subscriptions}`,
  );
}

/**
 * What streams cost: memory and processor time of idle ones, opening many at once with a token each,
 * fan-out in groups of ten, one event to everybody, and coming back after a loss. The streamer is a process of its own; NATS and the readers share the machine.
 * `deno task bench:stream_costs [streams] [commits per second] [--json FILE]`.
 */
import { parseArgs } from "node:util";
import { jetstream } from "@nats-io/jetstream";
import { applyStreams, connectNats, pause } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { GroupWriter } from "../../actors/stream/testing/mod.ts";
import { startNatsServer } from "../../dev/mod.ts";
import { eachAtOnce } from "../support/each_at_once.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { OWNER } from "./group_log.ts";
import { kernelBytes, residentBytes } from "../support/resident.ts";
import { mib, percentiles, settled } from "./stream_figures.ts";
import { startBenchStreamer } from "./streamer.ts";
import { StreamReader } from "./stream_reader.ts";
import { keepCosts } from "./costs.ts";

const GROUP_SIZE = 10;
const IDLE_SECONDS = 20;
const FAN_OUT_SECONDS = 8;
const BROADCASTS = 20;

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { json: { type: "string" } },
  allowPositionals: true,
});
const streams = Number(positionals[0] ?? 5_000);
const commitsPerSecond = Number(positionals[1] ?? 2_500);

const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-bench-" });
try {
  await using nats = await startNatsServer({ dataDir });
  const connection = await connectNats({ url: nats.url, name: "bench" });
  await applyStreams(connection);
  const log = jetstream(connection);
  const groups = Array.from(
    { length: Math.ceil(streams / GROUP_SIZE) },
    () => new GroupWriter(newId(), OWNER),
  );
  const everybody = new GroupWriter(newId(), OWNER);
  for (const group of [...groups, everybody]) {
    await log.publish(groupSubject("event", group.groupId), group.create());
  }

  await using streamer = await startBenchStreamer(nats.url);
  const { port } = streamer;
  const cpuMs = () => cpuTimes([{ name: "streamer", pid: streamer.pid }]).get("streamer") ?? 0;
  const rss = () => residentBytes(streamer.pid);
  /** Opens streams; the streamer's processor time for each of `count`. */
  const cpuOfEach = async (count: number, open: () => Promise<StreamReader[]>) => {
    const before = cpuMs();
    const opened = await open();
    await pause(500);
    return { us: (cpuMs() - before) * 1_000 / count, opened };
  };
  const emptyBytes = rss();
  const tokens = await Promise.all(Array.from({ length: streams }, () => streamer.token()));
  console.log(`${streams} streams, groups of ${GROUP_SIZE}, streamer empty ${mib(emptyBytes)}`);

  // Opening: every stream with a token that was not seen before.
  const readers: StreamReader[] = [];
  const openStart = performance.now();
  const openCpu = cpuMs();
  const emptyKernelBytes = kernelBytes();
  await eachAtOnce(tokens, async (bearer, index) => {
    const group = groups[Math.floor(index / GROUP_SIZE)];
    const groupIds = [group?.groupId ?? "", everybody.groupId];
    readers.push(
      await StreamReader.open(port, bearer, index % 2 ? groupIds.slice(0, 1) : groupIds),
    );
  });
  const openSeconds = (performance.now() - openStart) / 1_000;
  const openUs = (cpuMs() - openCpu) * 1_000 / streams;
  const snapshotBytes = mean(readers.map(({ openBytes }) => openBytes));
  report("open", [
    `${Math.round(streams / openSeconds)} streams/s`,
    `${openUs.toFixed(0)} µs each`,
    `${snapshotBytes.toFixed(0)} B of head and snapshot`,
  ]);

  await pause(2_000);
  const idleCpu = cpuMs();
  await pause(IDLE_SECONDS * 1_000);
  const kib = (rss() - emptyBytes) / streams / 1_024;
  const idleUs = (cpuMs() - idleCpu) * 1_000 / IDLE_SECONDS / streams;
  // Both ends of every stream are on this machine.
  const perEndBytes = (kernelBytes() - emptyKernelBytes) / streams / 2;
  report("idle", [
    `${kib.toFixed(1)} KiB per stream`,
    `${mib(rss())} in all`,
    await heap(port),
    `${idleUs.toFixed(1)} µs/s per stream`,
    `${(perEndBytes / 1_024).toFixed(1)} KiB of the kernel per end`,
  ]);

  // Fan-out: commits in turn to all groups, at an even pace.
  for (const reader of readers) reader.latenciesMs.length = 0;
  const bytesReceived = () => readers.reduce((sum, { bytes }) => sum + bytes, 0);
  const bytesBefore = bytesReceived();
  const fanStart = performance.now();
  const fanCpu = cpuMs();
  let published = 0;
  const total = commitsPerSecond * FAN_OUT_SECONDS;
  while (published < total) {
    const due = Math.min(total, (performance.now() - fanStart) / 1_000 * commitsPerSecond);
    for (; published < due; published++) {
      const group = groups[published % groups.length];
      if (!group) break;
      connection.publish(groupSubject("event", group.groupId), stamped(group));
    }
    await pause(1);
  }
  const expected = groups.reduce((sum, _, index) => {
    const commits = Math.floor(total / groups.length) + (index < total % groups.length ? 1 : 0);
    return sum + commits * Math.min(GROUP_SIZE, streams - index * GROUP_SIZE);
  }, 0);
  await settled(readers, expected);
  const fanSeconds = (performance.now() - fanStart) / 1_000;
  const fanUsed = cpuMs() - fanCpu;
  const delivered = readers.reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0);
  const deliveryUs = fanUsed * 1_000 / delivered;
  const frameBytes = (bytesReceived() - bytesBefore) / delivered;
  report("fan-out", [
    `${Math.round(delivered / fanSeconds)} deliveries/s`,
    `${delivered} of ${expected}`,
    percentiles(readers.flatMap(({ latenciesMs }) => latenciesMs)),
    `${(fanUsed / fanSeconds / 10).toFixed(0)} % of a core`,
    `${deliveryUs.toFixed(1)} µs each`,
    `${frameBytes.toFixed(0)} B each`,
  ]);

  // One commit to half of all streams at once: when the last one has it.
  const listeners = readers.filter(({ groupIds }) => groupIds.length > 1);
  const lastServed: number[] = [];
  const broadcastCpu = cpuMs();
  for (let round = 0; round < BROADCASTS; round++) {
    for (const reader of readers) reader.latenciesMs.length = 0;
    connection.publish(groupSubject("event", everybody.groupId), stamped(everybody));
    await settled(listeners, listeners.length);
    lastServed.push(Math.max(...listeners.flatMap(({ latenciesMs }) => latenciesMs)));
    await pause(100);
  }
  const broadcastUs = (cpuMs() - broadcastCpu) * 1_000 / BROADCASTS / listeners.length;
  report(`one to ${listeners.length}`, [
    `last served ${percentiles(lastServed)}`,
    `${broadcastUs.toFixed(1)} µs each`,
  ]);

  for (const reader of readers) reader.close();
  await pause(1_000);
  report("closed", [mib(rss())]);

  // Coming back: tokens and groups are known, and nothing was missed.
  const reopen = (at: readonly StreamReader[], known: boolean) =>
    cpuOfEach(at.length, async () => {
      const opened: StreamReader[] = [];
      await eachAtOnce(at, async ({ groupIds, cursor }, index) => {
        const bearer = tokens[index] ?? "";
        opened.push(await StreamReader.open(port, bearer, groupIds, known ? cursor : undefined));
      });
      return opened;
    });
  const { us: resumeUs, opened: resumed } = await reopen(
    readers.filter(({ groupIds }) => groupIds.length === 1),
    true,
  );
  report("resume", [`${resumeUs.toFixed(0)} µs each`]);
  for (const reader of resumed) reader.close();

  await keepCosts(values.json, {
    "stream.kib": kib,
    "stream.base_mib": emptyBytes / 2 ** 20,
    "stream.kernel_bytes": perEndBytes,
    "stream.idle_us": idleUs,
    "stream.open_us": openUs,
    "stream.resume_us": resumeUs,
    "stream.delivery_us": deliveryUs,
    "stream.broadcast_us": broadcastUs,
    "stream.frame_bytes": frameBytes,
    "stream.snapshot_bytes": snapshotBytes,
  });
  await connection.close();
} finally {
  await Deno.remove(dataDir, { recursive: true });
}

/** The group's next commit, with the time in it. */
function stamped(group: GroupWriter): Uint8Array {
  return group.addTodos(1, `${StreamReader.stamp}${performance.now().toFixed(3)};`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function report(what: string, figures: readonly string[]): void {
  console.log(`${what.padEnd(12)} ${figures.join(" · ")}`);
}

async function heap(port: number): Promise<string> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const used = Number(/^tf_process_heap_used_bytes\{.*\} (\S+)$/m.exec(text)?.[1]);
  return `${mib(used)} of it heap`;
}

/**
 * What streams cost: memory and processor time of idle ones, opening many at once with a token each,
 * fan-out in groups of ten, and one event to everybody. The streamer is a process of its own; NATS and
 * the readers share the machine. `deno task bench:streams [streams] [commits per second]`.
 */
import { jetstream } from "@nats-io/jetstream";
import { exportJWK, generateKeyPair, SignJWT } from "@panva/jose";
import { applyStreams, connectNats, pause } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { GroupWriter } from "../../actors/stream/testing/mod.ts";
import { freePort, startNatsServer } from "../../dev/mod.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { StreamReader } from "./_stream_reader.ts";

const GROUP_SIZE = 10;
const OPENING_AT_ONCE = 64;
const IDLE_SECONDS = 20;
const FAN_OUT_SECONDS = 8;
const BROADCASTS = 20;
const OWNER = "bench";

const streams = Number(Deno.args[0] ?? 5_000);
const commitsPerSecond = Number(Deno.args[1] ?? 2_500);

const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
const jwks = { keys: [{ ...await exportJWK(publicKey), kid: "bench", alg: "EdDSA" }] };
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

  const port = freePort();
  await using streamer = new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=streamer", "actors/stream/main.ts"],
    env: {
      NATS_URL: nats.url,
      JWKS: JSON.stringify(jwks),
      PORT: `${port}`,
      ENVIRONMENT: "development",
      STREAMS_PER_USER: "100000",
      LOG_LEVEL: "warning",
    },
    stdout: "null",
  }).spawn();
  const cpuMs = () => cpuTimes([{ name: "streamer", pid: streamer.pid }]).get("streamer") ?? 0;
  const rss = () => residentBytes(streamer.pid);
  await untilReady(port);
  const emptyBytes = rss();
  const tokens = await Promise.all(Array.from({ length: streams }, () => token()));
  console.log(`${streams} streams, groups of ${GROUP_SIZE}, streamer empty ${mib(emptyBytes)}`);

  // Opening: every stream with a token that was not seen before.
  const readers: StreamReader[] = [];
  const openStart = performance.now();
  const openCpu = cpuMs();
  await eachAtOnce(tokens, async (bearer, index) => {
    const group = groups[Math.floor(index / GROUP_SIZE)];
    const groupIds = [group?.groupId ?? "", everybody.groupId];
    readers.push(
      await StreamReader.open(port, bearer, index % 2 ? groupIds.slice(0, 1) : groupIds),
    );
  });
  const openSeconds = (performance.now() - openStart) / 1_000;
  report("open", [
    `${Math.round(streams / openSeconds)} streams/s`,
    `${((cpuMs() - openCpu) * 1_000 / streams).toFixed(0)} µs each`,
  ]);

  await pause(2_000);
  const idleCpu = cpuMs();
  await pause(IDLE_SECONDS * 1_000);
  report("idle", [
    `${((rss() - emptyBytes) / streams / 1_024).toFixed(1)} KiB per stream`,
    `${mib(rss())} in all`,
    await heap(port),
    `${((cpuMs() - idleCpu) * 1_000 / IDLE_SECONDS / streams).toFixed(1)} µs/s per stream`,
  ]);

  // Fan-out: commits in turn to all groups, at an even pace.
  for (const reader of readers) reader.latenciesMs.length = 0;
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
  report("fan-out", [
    `${Math.round(delivered / fanSeconds)} deliveries/s`,
    `${delivered} of ${expected}`,
    percentiles(readers.flatMap(({ latenciesMs }) => latenciesMs)),
    `${(fanUsed / fanSeconds / 10).toFixed(0)} % of a core`,
    `${(fanUsed * 1_000 / delivered).toFixed(1)} µs each`,
  ]);

  // One commit to half of all streams at once: when the last one has it.
  const listeners = readers.filter(({ groupIds }) => groupIds.length > 1);
  const lastServed: number[] = [];
  for (let round = 0; round < BROADCASTS; round++) {
    for (const reader of readers) reader.latenciesMs.length = 0;
    connection.publish(groupSubject("event", everybody.groupId), stamped(everybody));
    await settled(listeners, listeners.length);
    lastServed.push(Math.max(...listeners.flatMap(({ latenciesMs }) => latenciesMs)));
    await pause(100);
  }
  report(`one to ${listeners.length}`, [`last served ${percentiles(lastServed)}`]);

  for (const reader of readers) reader.close();
  await pause(1_000);
  report("closed", [mib(rss())]);
  streamer.kill("SIGTERM");
  await streamer.status;
  await connection.close();
} finally {
  await Deno.remove(dataDir, { recursive: true });
}

/** The group's next commit, with the time in it. */
function stamped(group: GroupWriter): Uint8Array {
  return group.addTodos(1, `${StreamReader.stamp}${performance.now().toFixed(3)};`);
}

function token(): Promise<string> {
  return new SignJWT({ sid: "s1", username: OWNER })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "bench" })
    .setIssuer("todo1m").setAudience("todo1m").setSubject(OWNER).setJti(newId())
    .setIssuedAt().setExpirationTime("15m").sign(privateKey);
}

async function eachAtOnce<T>(
  items: readonly T[],
  action: (item: T, index: number) => Promise<void>,
) {
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) await action(item, index);
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, worker));
}

/** Waits until `readers` have `expected` stamps, or nothing has come for three seconds. */
async function settled(readers: readonly StreamReader[], expected: number): Promise<void> {
  const count = () => readers.reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0);
  let last = -1;
  let changedAt = performance.now();
  for (let now = count(); now < expected; now = count()) {
    if (now !== last) changedAt = performance.now();
    else if (performance.now() - changedAt > 3_000) return;
    last = now;
    await pause(20);
  }
}

async function untilReady(port: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await pause(50);
  }
  throw new Error("The streamer does not become ready");
}

function residentBytes(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1_024;
}

function percentiles(values: readonly number[]): string {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
}

function report(what: string, figures: readonly string[]): void {
  console.log(`${what.padEnd(12)} ${figures.join(" · ")}`);
}

function mib(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MiB`;
}

async function heap(port: number): Promise<string> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const used = Number(/^tf_process_heap_used_bytes\{.*\} (\S+)$/m.exec(text)?.[1]);
  return `${mib(used)} of it heap`;
}

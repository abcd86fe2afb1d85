/**
 * How many deliveries a second one core makes, and how late: the core of a streamer in this process, with
 * real sockets and without NATS; the readers in another process. Commits come at an even rate whatever becomes
 * of earlier ones (open loop), to groups of ten; late is when a socket has taken a frame after it was due.
 *
 * `deno task bench:fan_out [--streams 18000] [--rates 25000,50000] [--seconds 20]`; rates are deliveries a
 * second. Ends with 1 when 50,000 a second are not delivered with a p99 of 10 ms.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { pause } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { GroupWriter, ServedCore } from "../../actors/stream/testing/mod.ts";
import { ReaderProcess } from "./reader_process.ts";
import { OWNER } from "./group_log.ts";
import { at } from "./stream_figures.ts";
import { StreamReader } from "./stream_reader.ts";

const GROUP_SIZE = 10;
const WARM_UP_SECONDS = 5;
const SETTLE_MS = 4_000;
/** Shorter writes are heartbeats. */
const FRAME_BYTES = 64;
const GOAL = { perSecond: 50_000, p99Ms: 10 };

const { values } = parseArgs({
  args: Deno.args,
  options: {
    streams: { type: "string", default: "18000" },
    rates: { type: "string", default: "25000,50000" },
    seconds: { type: "string", default: "20" },
  },
});
const groups = Array.from(
  { length: Math.ceil(Number(values.streams) / GROUP_SIZE) },
  () => new GroupWriter(newId(), OWNER),
);
/** When the newest commit of each group was due. */
const dueAt = new Map<string, number>();
let latenciesMs: number[] = [];
await using core = new ServedCore({
  userId: OWNER,
  written: (groupId, bytes) => {
    const dueMs = dueAt.get(groupId);
    if (dueMs !== undefined && bytes > FRAME_BYTES) latenciesMs.push(performance.now() - dueMs);
  },
});
for (const group of groups) core.log.append(group.groupId, group.create());
const port = await core.listen();
let kept = false;
{
  await using readers = new ReaderProcess();
  const groupIds = groups.map(({ groupId }) => groupId);
  const streams = await readers.ask({
    open: { port, token: "", groupIds, groupSize: GROUP_SIZE },
  });
  await pour(Number(values.rates.split(",")[0]), WARM_UP_SECONDS);
  await pause(SETTLE_MS);
  for (const rate of values.rates.split(",").map(Number)) {
    await readers.ask({ reset: true });
    const result = await pour(rate, Number(values.seconds));
    await pause(SETTLE_MS);
    const arrived = await readers.ask({});
    const p99Ms = at(latenciesMs, 0.99);
    kept ||= rate >= GOAL.perSecond && p99Ms <= GOAL.p99Ms &&
      arrived === result.commits * GROUP_SIZE;
    console.log(
      `${rate.toLocaleString("en")} deliveries/s to ${streams} streams: ${arrived} of ` +
        `${result.commits * GROUP_SIZE} arrived, ${
          (result.cpu * 100).toFixed(0)
        } % of a core, p50 ` +
        `${at(latenciesMs, 0.5).toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, max ${
          at(latenciesMs, 1).toFixed(1)
        } ms`,
    );
  }
}
Deno.exit(kept ? 0 : 1);

/** Puts commits into the log for `seconds`; they are made before, since others do that. */
async function pour(rate: number, seconds: number): Promise<{ commits: number; cpu: number }> {
  const perSecond = rate / GROUP_SIZE;
  const commits = Array.from({ length: Math.floor(perSecond * seconds) }, (_, i) => {
    const group = groups[i % groups.length];
    if (!group) throw new Error("There is no group");
    return { groupId: group.groupId, bytes: group.addTodos(1, `${StreamReader.stamp}0;`) };
  });
  latenciesMs = [];
  const startedAt = performance.now();
  const before = cpuMs();
  for (let done = 0; done < commits.length; await pause(1)) {
    const due = Math.min(commits.length, (performance.now() - startedAt) / 1_000 * perSecond);
    for (; done < due; done++) {
      const commit = commits[done];
      if (!commit) break;
      dueAt.set(commit.groupId, startedAt + done / perSecond * 1_000);
      core.log.append(commit.groupId, commit.bytes);
    }
  }
  const cpu = (cpuMs() - before) / (performance.now() - startedAt);
  return { commits: commits.length, cpu };
}

/** Processor time of this process so far, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

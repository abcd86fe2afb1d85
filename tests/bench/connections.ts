/**
 * How many streams this machine holds at a time: streamers, each a process with its own process of readers,
 * are filled one after the other; then all streams are left alone for a while, and what counts are those that
 * get a commit afterwards.
 *
 * `deno task bench:connections [--processes 5] [--streams 18000] [--hold 30] [--keep]`; streams are those of
 * one process, for which both ends need as many file descriptors (`ulimit -n`), hold is in seconds. Ends with 1
 * when the floor is not kept.
 */
import { parseArgs } from "node:util";
import { pause } from "../../actors/platform/mod.ts";
import { StreamSite } from "../chaos/stream_site.ts";
import { kernelBytes } from "../support/resident.ts";
import { ReaderProcess } from "./reader_process.ts";
import { keepGoals } from "./goal_table.ts";
import { mib } from "./stream_figures.ts";
import { type Figure, keepsFloor, line } from "./stream_goals.ts";
import { LOOPBACKS, StreamReader } from "./stream_reader.ts";

const GROUP_SIZE = 10;
const SETTLE_MS = 1_000;
const ARRIVE_WITHIN_MS = 60_000;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    processes: { type: "string", default: "5" },
    streams: { type: "string", default: "18000" },
    hold: { type: "string", default: "30" },
    keep: { type: "boolean", default: false },
  },
});
const processes = Number(values.processes);
const groupCount = Math.ceil(Number(values.streams) / GROUP_SIZE);
const wanted = processes * groupCount * GROUP_SIZE;

await using site = await StreamSite.start({
  streamers: processes,
  groups: groupCount,
  env: { STREAMS_TOTAL: `${groupCount * GROUP_SIZE}`, HOST: "0.0.0.0" },
});
const groupIds = site.groups.map(({ groupId }) => groupId);
const emptyKernelBytes = kernelBytes();
await using resources = new AsyncDisposableStack();
const readers = site.streamers.map(() => resources.use(new ReaderProcess()));
const startedAt = performance.now();
let opened = 0;
for (const [index, { name, port }] of site.streamers.entries()) {
  const open = { port, token: site.token, groupIds, groupSize: GROUP_SIZE, hostnames: LOOPBACKS };
  opened += await readers[index]?.ask({ open }) ?? 0;
  console.log(`${name}: ${opened.toLocaleString("en")} streams in all`);
}
const openSeconds = (performance.now() - startedAt) / 1_000;
await pause(Number(values.hold) * 1_000);
const residentMib = site.streamers.map((streamer) => mib(streamer.residentBytes()));
for (const reader of readers) await reader.ask({ reset: true });
for (const group of site.groups) site.publish(group, group.addTodos(1, `${StreamReader.stamp}0;`));
const reached = await arrived();
const figure: Figure = {
  id: "G2",
  value: reached,
  beside: [
    `${processes} processes, ${opened.toLocaleString("en")} of ${
      wanted.toLocaleString("en")
    } opened in ${openSeconds.toFixed(0)} s; these got a commit after ${values.hold} s`,
    `memory of the streamers ${residentMib.join(", ")}, of the kernel for both ends ${
      mib(kernelBytes() - emptyKernelBytes)
    }`,
  ],
};
console.log(line(figure));
if (values.keep) await keepGoals("bench:connections", [figure]);
Deno.exitCode = keepsFloor(figure) ? 0 : 1;

/** How many commits have come to readers when all have, or when the time is up. */
async function arrived(): Promise<number> {
  const untilMs = performance.now() + ARRIVE_WITHIN_MS;
  for (let count = 0;;) {
    await pause(SETTLE_MS);
    count = 0;
    for (const reader of readers) count += await reader.ask({});
    if (count >= opened || performance.now() > untilMs) return count;
  }
}

/**
 * A tenth of a streamer's readers stop reading in the middle of a busy time. What the others notice is
 * held against the same traffic with everybody reading; those who hang must be cut, cost little, and
 * miss nothing when they come back.
 */
import { eventually, sleep } from "../../support/eventually.ts";
import type { Fault } from "../../support/history.ts";
import { atMostMs, exactly, inMs, quantile, spread } from "../measure.ts";
import { type Check, PATIENCE_MS, type Scenario } from "../scenario.ts";
import { StreamSite } from "../stream_site.ts";
import { StreamVisitor } from "../stream_visit.ts";

const READERS_OF_A_GROUP = 10;
const READERS = 10_000;
/** Share of the groups whose readers stop; these groups are the busy ones. */
const STALLED_SHARE = 0.1;
const BUSY_PER_SECOND = 2;
const BUSY_TITLE_CHARS = 8_000;
const QUIET_PER_SECOND = 0.4;
/** What `k8s/base/streamer.yaml` sets for its pods. */
const SEND_BUFFER_BYTES = 256 * 1024;
const MAX_RISE = 0.1;
const MAX_GROWTH_BYTES = 100 * 2 ** 20;
const MAX_KERNEL_BYTES = 512 * 1024;
const CUT_WITHIN_MS = 60_000;
/** Precedes the time of publication in a title. */
const STAMP = "at=";

export const stalledReaders: Scenario = {
  name: "stalled-readers",
  about:
    `${READERS.toLocaleString("en")} readers in groups of ${READERS_OF_A_GROUP} at one streamer; ` +
    "a tenth of them, those with the most traffic, stop reading.",
  defaults: { short: { seconds: 8 }, long: { seconds: 60 } },
  ownNetwork: { sendBufferBytes: SEND_BUFFER_BYTES },
  run: async ({ seconds, short, say }) => {
    const groups = (short ? READERS / 10 : READERS) / READERS_OF_A_GROUP;
    const busy = groups * STALLED_SHARE;
    await using site = await StreamSite.start({ streamers: 1, groups });
    const streamer = site.streamers[0];
    if (!streamer) throw new Error("There is no streamer");
    const faults: Fault[] = [];
    const over = Promise.withResolvers<void>();
    const readers = site.groups.flatMap(({ groupId }) =>
      Array.from({ length: READERS_OF_A_GROUP }, () => new StreamVisitor([groupId], site.token))
    );
    const stalling = readers.slice(0, busy * READERS_OF_A_GROUP);
    const others = readers.slice(stalling.length);
    let latencies: number[] = [];
    for (const reader of others) {
      reader.onFrame = (data) => latencies.push(performance.now() - stampOf(data));
    }
    const following = readers.map((reader) => follow(reader, streamer.port, over.promise, faults));
    await allOpen(readers);
    say(`${readers.length} streams are open`);
    const writing = new AbortController();
    const written = write(site, busy, writing.signal);
    const during = async () => {
      const own: number[] = latencies = [];
      const memory = streamer.residentBytes();
      await sleep(seconds * 1_000);
      latencies = [];
      return { latencies: own, growth: streamer.residentBytes() - memory };
    };

    const before = await during();
    const [memoryBefore, kernelBefore] = [streamer.residentBytes(), kernelBytes()];
    const awake = Promise.withResolvers<void>();
    for (const reader of stalling) reader.stall(awake.promise);
    const stalledAt = performance.now();
    let [memory, kernel] = [0, 0];
    const watch = setInterval(() => {
      memory = Math.max(memory, streamer.residentBytes());
      kernel = Math.max(kernel, kernelBytes());
    }, 250);
    const cutMs = untilCut(streamer, stalling.length, stalledAt);
    const meanwhile = await during();
    const cutAfterMs = await cutMs;
    clearInterval(watch);
    awake.resolve();
    say(`${stalling.length} were cut after ${inMs(cutAfterMs)} and read again`);
    await caughtUp(site, stalling);
    const after = await during();
    writing.abort();
    await written;
    await caughtUp(site, readers);
    over.resolve();
    await Promise.all(following);

    const usual = [...before.latencies, ...after.latencies];
    const rise = quantile(meanwhile.latencies, 0.99) / quantile(usual, 0.99) - 1;
    // Todos are added all the time: that much the groups themselves grow, whoever reads them.
    const usualGrowth = Math.min(before.growth, after.growth);
    const growth = memory - memoryBefore - usualGrowth;
    const missing = site.groups.filter(({ groupId, version }) =>
      readers.some((reader) =>
        reader.groupIds.includes(groupId) && reader.model.versions.get(groupId) !== version
      )
    );
    const startedOver = readers.reduce((sum, each) => sum + each.startedOver, 0);
    const kernelKib = (kernel - kernelBefore) / stalling.length / 1_024;
    const ownKib = Math.max(0, growth) / stalling.length / 1_024;
    return {
      figures: {
        "others, everybody reads": spread(usual),
        "others, a tenth hangs": spread(meanwhile.latencies),
        "commits that others got meanwhile": meanwhile.latencies.length,
        "streams reopened by who was cut": stalling.length,
        "growth of the streamer meanwhile": `${mib(memory - memoryBefore).toFixed(0)} MiB`,
        "growth in as long while everybody reads": `${mib(usualGrowth).toFixed(0)} MiB`,
      },
      checks: [
        exactly("gaps, duplicates and steps back", faults.length, 0),
        exactly("groups that somebody has not all of", missing.length, 0),
        exactly("cursors that were not honoured", startedOver, 0),
        atMostMs("all who hang are cut within", cutAfterMs, CUT_WITHIN_MS),
        atMost("p99 of the others rises by", rise * 100, MAX_RISE * 100, "%"),
        atMost(
          "memory of the streamer grows, beyond what the traffic itself takes, by",
          mib(growth),
          mib(MAX_GROWTH_BYTES),
          "MiB",
        ),
        atMost(
          "memory of the kernel for each who hangs",
          kernelKib,
          MAX_KERNEL_BYTES / 1_024,
          "KiB",
        ),
      ],
      faults,
      goals: [
        {
          id: "G11",
          value: kernelKib + ownKib,
          beside: [
            `${kernelKib.toFixed(0)} KiB of them the kernel's; all who hang cut after ${
              inMs(cutAfterMs)
            }`,
          ],
        },
        { id: "G11 others", value: Math.max(0, rise * 100), beside: [] },
      ],
    };
  },
};

/** Opens the reader's stream, and opens it again whenever it ends, until `over`. */
async function follow(
  reader: StreamVisitor,
  port: number,
  over: Promise<void>,
  faults: Fault[],
): Promise<void> {
  let isOver = false;
  void over.then(() => isOver = true);
  while (!isOver) {
    try {
      await reader.visit(port, () => over);
    } catch (error) {
      faults.push({ kind: "stream", what: String(error) });
      return;
    }
    if (!isOver) await sleep(Math.random() * 1_000);
  }
}

async function allOpen(readers: readonly StreamVisitor[]): Promise<void> {
  const open = () => readers.every(({ model }) => model.versions.size > 0);
  await eventually(open, "every stream to begin", PATIENCE_MS);
}

/** Writes to the busy groups, which are the first, and to the quiet ones, each at its even pace. */
async function write(site: StreamSite, busy: number, signal: AbortSignal): Promise<void> {
  const kinds = [
    {
      groups: site.groups.slice(0, busy),
      each: BUSY_PER_SECOND,
      padding: "x".repeat(BUSY_TITLE_CHARS),
    },
    { groups: site.groups.slice(busy), each: QUIET_PER_SECOND, padding: "" },
  ];
  const written = kinds.map(() => 0);
  const startedAt = performance.now();
  for (; !signal.aborted; await sleep(2)) {
    for (const [index, { groups, each, padding }] of kinds.entries()) {
      const due = (performance.now() - startedAt) / 1_000 * each * groups.length;
      for (let count = written[index] ?? 0; count < due; written[index] = ++count) {
        const writer = groups[count % groups.length];
        if (!writer) break;
        site.publish(
          writer,
          writer.addTodos(1, `${STAMP}${performance.now().toFixed(2)};${padding}`),
        );
      }
    }
  }
}

function stampOf(data: string): number {
  const start = data.indexOf(STAMP) + STAMP.length;
  return Number(data.slice(start, data.indexOf(";", start)));
}

/** How long after `sinceMs` the streamer had cut `count` readers. */
async function untilCut(
  streamer: StreamSite["streamers"][number],
  count: number,
  sinceMs: number,
): Promise<number> {
  while (performance.now() - sinceMs < 2 * CUT_WITHIN_MS) {
    const cut = Number(
      /^tf_stream_closes_total\{reason="slow-reader".*\} (\d+)/m.exec(await streamer.metrics())
        ?.[1],
    );
    if (cut >= count) break;
    await sleep(200);
  }
  return performance.now() - sinceMs;
}

/** Waits until `readers` have what is written now, or cannot get it. */
async function caughtUp(site: StreamSite, readers: readonly StreamVisitor[]): Promise<void> {
  const wanted = new Map(site.groups.map(({ groupId, version }) => [groupId, version]));
  const behind = () =>
    readers.some(({ model }) =>
      [...model.versions].some(([groupId, version]) => version < (wanted.get(groupId) ?? 0))
    );
  for (
    const startedAt = performance.now();
    behind() && performance.now() - startedAt < PATIENCE_MS;
  ) {
    await sleep(50);
  }
}

/** Memory of all TCP sockets of the machine, in bytes. */
function kernelBytes(): number {
  const text = Deno.readTextFileSync("/proc/net/sockstat");
  return Number(/^TCP:.* mem (\d+)/m.exec(text)?.[1]) * 4_096;
}

function mib(bytes: number): number {
  return bytes / 2 ** 20;
}

function atMost(what: string, measured: number, limit: number, unit: string): Check {
  return {
    what,
    kind: "time",
    limit: `≤ ${limit} ${unit}`,
    measured: `${measured.toFixed(1)} ${unit}`,
    ok: measured <= limit,
  };
}

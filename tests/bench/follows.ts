/**
 * What a streamer pays to follow a group that nobody watched there: to read and fold its history, or to restore
 * it from a snapshot, and to keep it, with its newest commits in a ring. Groups of two events and of many, a stream
 * each, with rings of two sizes; a tenth of the events make todos.
 * `deno task bench:follows [--groups 200] [--history 300] [--json FILE]`.
 */
import { parseArgs } from "node:util";
import { applyStreams, connectNats, pause } from "../../actors/platform/mod.ts";
import { startNatsServer } from "../../dev/mod.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { saveSnapshots } from "./snapshots.ts";
import { writeGroup } from "./group_log.ts";
import { eachAtOnce } from "../support/each_at_once.ts";
import { residentBytes } from "../support/resident.ts";
import { startBenchStreamer } from "./streamer.ts";
import { StreamReader } from "./stream_reader.ts";
import { keepCosts } from "./costs.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    groups: { type: "string", default: "200" },
    history: { type: "string", default: "300" },
    json: { type: "string" },
  },
});
const groups = Number(values.groups);
const history = Number(values.history);
const YOUNG = 2;
const [LARGE_RING, SMALL_RING] = [256, 16];
/** Few, so that the server answers in time on a busy machine. */
const AT_ONCE = 4;

const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-bench-" });
try {
  await using nats = await startNatsServer({ dataDir });
  const connection = await connectNats({ url: nats.url, name: "bench" });
  await applyStreams(connection);
  const write = async (count: number, events: number) => {
    const made: string[] = [];
    while (made.length < count) made.push(await writeGroup(connection, { events, perCommit: 1 }));
    return made;
  };
  const young = await write(groups, YOUNG);
  const old = [await write(groups, history), await write(groups, history)];
  const saved = await write(groups, history);
  const snapshotKib = await saveSnapshots(connection, saved) / 1_024;

  /**
   * Follows the groups; what each takes. The heap grows ahead of need, and code is compiled as it is used: of each
   * kind the second half shows what stays.
   */
  const follow = async (ring: number) => {
    await using streamer = await startBenchStreamer(nats.url, { RING_COMMITS: `${ring}` });
    const tokens = [await streamer.token()];
    const open = async (groupIds: readonly string[]) => {
      const cpu = () => cpuTimes([{ name: "streamer", pid: streamer.pid }]).get("streamer") ?? 0;
      const [bytesBefore, cpuBefore] = [residentBytes(streamer.pid), cpu()];
      await eachAtOnce(groupIds, async (groupId) => {
        readers.push(await StreamReader.open(streamer.port, tokens[0] ?? "", [groupId]));
      }, AT_ONCE);
      await pause(500);
      return {
        us: (cpu() - cpuBefore) * 1_000 / groupIds.length,
        kib: (residentBytes(streamer.pid) - bytesBefore) / groupIds.length / 1_024,
      };
    };
    const readers: StreamReader[] = [];
    await open(young.slice(0, groups / 2));
    await open(saved.slice(0, groups / 2));
    await open(old[0] ?? []);
    const large = await open(old[1] ?? []);
    const restored = await open(saved.slice(groups / 2));
    const small = await open(young.slice(groups / 2));
    const again = await open(young.slice(groups / 2));
    for (const reader of readers) reader.close();
    return { small, again, large, restored };
  };
  const withLarge = await follow(LARGE_RING);
  const withSmall = await follow(SMALL_RING);
  const foldUs = (withLarge.large.us - withLarge.small.us) / (history - YOUNG);
  const restoreUs = (withLarge.restored.us - withLarge.small.us) / (history - YOUNG);
  const ringKib = (withLarge.large.kib - withSmall.large.kib) /
    (Math.min(history, LARGE_RING) - SMALL_RING);
  const groupKib = withSmall.large.kib - SMALL_RING * ringKib;
  const followUs = Math.max(0, withLarge.small.us - withLarge.again.us);
  console.log(
    `a group of ${YOUNG} events: ${withLarge.small.us.toFixed(0)} µs for a stream, ` +
      `${followUs.toFixed(0)} of them to follow it`,
  );
  console.log(
    `a group of ${history} events: ${withLarge.large.us.toFixed(0)} µs, ${foldUs.toFixed(1)} µs ` +
      `for each event; ${
        withLarge.large.kib.toFixed(0)
      } KiB with a ring of ${LARGE_RING} commits, ` +
      `${withSmall.large.kib.toFixed(0)} KiB with one of ${SMALL_RING}: ${
        ringKib.toFixed(2)
      } KiB ` +
      `for each commit in it`,
  );
  console.log(
    `the same by its snapshot of ${snapshotKib.toFixed(1)} KiB: ${
      withLarge.restored.us.toFixed(0)
    } µs, ${restoreUs.toFixed(1)} µs ` +
      `for each event, ${(withLarge.large.us / withLarge.restored.us).toFixed(1)} times as fast`,
  );
  await keepCosts(values.json, {
    "stream.follow_us": followUs,
    "stream.fold_us": foldUs,
    "stream.restore_us": restoreUs,
    "stream.group_kib": Math.max(0, groupKib),
    "stream.ring_kib": ringKib,
  });
  await connection.close();
} finally {
  await Deno.remove(dataDir, { recursive: true });
}
Deno.exit();

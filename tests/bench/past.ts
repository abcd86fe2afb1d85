/**
 * How long it takes to look at what a group was: `at=` early, in the middle and late in a long log, whose messages
 * lie among those of other groups, one request alone and as many at once as an edge reads; with the snapshots that a
 * host makes of such a group, and with the log alone.
 * `deno task bench:past [--events 250000] [--todos 5000] [--others 1] [--runs 3]`.
 */
import { parseArgs } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import {
  applyStreams,
  connectNats,
  MILESTONE_STREAM,
  streamName,
} from "../../actors/platform/mod.ts";
import { startNatsServer } from "../../dev/mod.ts";
import { pastReader } from "../../edge/reads/mod.ts";
import { saveSnapshots } from "./snapshots.ts";
import { writeGroup } from "./group_log.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    events: { type: "string", default: "250000" },
    todos: { type: "string", default: "5000" },
    others: { type: "string", default: "1" },
    runs: { type: "string", default: "3" },
  },
});
const size = { events: Number(values.events), todos: Number(values.todos), perCommit: 1 };
const AT_ONCE = 2;
/** Commits after which a host writes another snapshot of such a group: it waits for half the group's bytes. */
const SAVED_EVERY = 4_000;
/** The edge gives up after 8 s; what it would have taken is to be seen. */
const DEADLINE_MS = 120_000;

const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-bench-" });
try {
  await using nats = await startNatsServer({ dataDir });
  const connection = await connectNats({ url: nats.url, name: "bench" });
  await applyStreams(connection);
  const manager = await jetstreamManager(connection);
  const save = (groupId: string) => saveSnapshots(connection, [groupId]);
  // Side by side, so that their messages alternate.
  const [groupId = ""] = await Promise.all([
    writeGroup(connection, size, { every: SAVED_EVERY, then: save }),
    ...Array.from({ length: Number(values.others) }, () => writeGroup(connection, size)),
  ]);
  const { state } = await manager.streams.info(MILESTONE_STREAM);
  console.log(
    `a group of ${size.events} events, each a message, among those of ${values.others} others; ` +
      `${state.messages} milestones of together ${(state.bytes / 2 ** 20).toFixed(1)} MiB`,
  );
  const measure = async () => {
    const past = pastReader(connection, { deadlineMs: DEADLINE_MS });
    for (const share of [0.01, 0.25, 0.5, 0.75, 0.999, 1]) {
      const version = Math.ceil(size.events * share);
      const read = async () => {
        const startedAt = performance.now();
        const { state } = await past.read(groupId, { version });
        if (state.version !== version) throw new Error(`version ${state.version}, not ${version}`);
        return (performance.now() - startedAt) / 1_000;
      };
      const alone: number[] = [];
      for (let run = 0; run < Number(values.runs); run++) alone.push(await read());
      const together = await Promise.all(Array.from({ length: AT_ONCE }, read));
      const [least, most] = [Math.min(...alone), Math.max(...alone)];
      console.log(
        `at version ${version}: ${least.toFixed(2)} to ${most.toFixed(2)} s, ` +
          `${AT_ONCE} at once ${Math.max(...together).toFixed(2)} s`,
      );
    }
  };
  await measure();
  await manager.streams.purge(MILESTONE_STREAM);
  await manager.streams.purge(streamName("SNAP", 0));
  console.log("the same by the log alone");
  await measure();
  await connection.close();
} finally {
  await Deno.remove(dataDir, { recursive: true });
}
Deno.exit();

/**
 * What a resident actor takes in memory, next to the host's own estimate, and how long a cold activation
 * takes with and without a snapshot: groups of 100, 1,000 and 10,000 events, one to a commit, loaded from a
 * NATS server of the benchmark's own. Memory is measured in a process of its own for each size of group.
 *
 * `deno task bench:actors [--actors 2000] [--todos 20,200] [--events 100,1000,10000] [--json FILE]`
 */
import { parseArgs } from "node:util";
import { startNatsServer } from "../../dev/mod.ts";
import { applyStreams, connectNats } from "../../actors/platform/mod.ts";
import { measureActivation } from "./_activation.ts";
import { writeGroup } from "./group_log.ts";
import { keepCosts } from "./costs.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    actors: { type: "string", default: "2000" },
    todos: { type: "string", default: "20,200" },
    events: { type: "string", default: "100,1000,10000" },
    json: { type: "string" },
  },
});

/** Groups of each size that are loaded in turn. */
const GROUPS = 8;

function numbers(text: string): number[] {
  return text.split(",").map(Number);
}

/** Measures in a process that has done nothing else, with a garbage collector that can be called. */
async function measureMemory(actors: number, todos: number): Promise<string> {
  const entry = new URL("./_actor_memory.ts", import.meta.url).pathname;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--expose-gc", entry, String(actors), String(todos)],
    stdin: "null",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`Cannot measure memory: the process ended with ${code}`);
  return new TextDecoder().decode(stdout).trimEnd();
}

/** The size of group whose memory, and of log whose loading, the capacity plan reckons with. */
const [PLANNED_TODOS, PLANNED_EVENTS] = [20, 1_000];

for (const todos of numbers(values.todos)) {
  const line = await measureMemory(Number(values.actors), todos);
  console.log(line);
  if (todos !== PLANNED_TODOS) continue;
  await keepCosts(values.json, { "actor.kib": Number(/RSS +([\d.]+) KB/.exec(line)?.[1]) });
}
const dataDir = await Deno.makeTempDir({ prefix: "todo1m-bench-" });
try {
  await using server = await startNatsServer({ dataDir });
  const connection = await connectNats({ url: server.url, name: "bench" });
  try {
    await applyStreams(connection);
    for (const events of numbers(values.events)) {
      const groups: string[] = [];
      while (groups.length < GROUPS) {
        groups.push(await writeGroup(connection, { events, perCommit: 1 }));
      }
      const { lines, bySnapshotMs } = await measureActivation(connection, { groups, events });
      for (const line of lines) console.log(line);
      if (events !== PLANNED_EVENTS) continue;
      await keepCosts(values.json, { "actor.activation_ms": bySnapshotMs });
    }
  } finally {
    await connection.close();
  }
} finally {
  await Deno.remove(dataDir, { recursive: true });
}

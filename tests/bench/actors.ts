/**
 * What a resident actor takes in memory, next to the host's own estimate, and how long a cold activation
 * takes with and without a snapshot: groups of 100, 1,000 and 10,000 events, one to a commit, loaded from a
 * NATS server of the benchmark's own. Memory is measured in a process of its own for each size of group.
 *
 * `deno task bench:actors [--actors 2000] [--todos 20,200] [--events 100,1000,10000]`
 */
import { parseArgs } from "node:util";
import { startNatsServer } from "../../dev/mod.ts";
import { applyStreams, connectNats } from "../../actors/platform/mod.ts";
import { measureActivation } from "./_activation.ts";
import { writeGroup } from "./_group_log.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    actors: { type: "string", default: "2000" },
    todos: { type: "string", default: "20,200" },
    events: { type: "string", default: "100,1000,10000" },
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

for (const todos of numbers(values.todos)) {
  console.log(await measureMemory(Number(values.actors), todos));
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
      for (const line of await measureActivation(connection, { groups, events })) console.log(line);
    }
  } finally {
    await connection.close();
  }
} finally {
  await Deno.remove(dataDir, { recursive: true });
}

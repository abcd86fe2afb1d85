/**
 * What a storm of streams that come back asks of Postgres, for each of them: `storm_measures.ts` on a
 * throw-away stack.
 *
 * `deno task bench:storm [--users 20] [--rounds 20] [--quiet 30] [--keep]`; each user has 48 streams, quiet is
 * in seconds. Ends with 1 when the floor is not kept.
 */
import { parseArgs } from "node:util";
import { withTarget } from "./_target.ts";
import { keepGoals } from "./goal_table.ts";
import { measureStorm } from "./storm_measures.ts";
import { keepsFloor, line } from "./stream_goals.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    users: { type: "string", default: "20" },
    rounds: { type: "string", default: "20" },
    quiet: { type: "string", default: "30" },
    keep: { type: "boolean", default: false },
  },
});

await withTarget(undefined, async (url, processes, stores) => {
  const streamerUrl = processes().find(({ name }) => name === "streamer")?.url;
  if (!streamerUrl || !stores) throw new Error("There is no stack");
  const figure = await measureStorm({
    url,
    streamerUrl,
    databaseUrl: stores.databaseUrl,
    users: Number(values.users),
    rounds: Number(values.rounds),
    quietSeconds: Number(values.quiet),
  });
  console.log(line(figure));
  if (values.keep) await keepGoals("bench:storm", [figure]);
  Deno.exitCode = keepsFloor(figure) ? 0 : 1;
});

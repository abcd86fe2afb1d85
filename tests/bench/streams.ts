/**
 * What streams cost and how fast they are, held against the goals: prints a line for each.
 * `deno task bench:streams [--streams 18000] [--rates 2500,5000] [--cycles 100000] [--transport sse|websocket]
 * [--json FILE] [--keep]`; rates are commits a second to groups of ten readers each, the file keeps the costs of
 * server-sent events, and `--keep` puts the figures into the table of goals. Ends with 1 when a floor is not
 * kept.
 */
import { parseArgs } from "node:util";
import { keepCosts } from "./costs.ts";
import { keepGoals } from "./goal_table.ts";
import { type Figure, keepsFloor, line } from "./stream_goals.ts";
import { measureStreams } from "./stream_measures.ts";
import { transportName } from "./stream_transport.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    streams: { type: "string", default: "18000" },
    rates: { type: "string", default: "2500,5000" },
    cycles: { type: "string", default: "100000" },
    transport: { type: "string", default: "sse" },
    json: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});

const figures: Figure[] = [];
const transport = transportName(values.transport);
const costs = await measureStreams({
  streams: Number(values.streams),
  idleSeconds: 20,
  commitsPerSecond: values.rates.split(",").map(Number),
  fanOutSeconds: 10,
  broadcasts: 20,
  cycles: Number(values.cycles),
  transport,
}, (figure) => {
  figures.push(figure);
  console.log(line(figure));
});
if (transport === "sse") await keepCosts(values.json, costs);
if (values.keep) {
  await keepGoals(
    transport === "sse" ? "bench:streams" : "bench:streams --transport websocket",
    figures,
  );
}
Deno.exit(figures.every(keepsFloor) ? 0 : 1);

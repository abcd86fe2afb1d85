/**
 * What streams cost and how fast they are, held against the goals: prints a line for each.
 * `deno task bench:streams [--streams 18000] [--rates 2500,5000] [--cycles 100000] [--transport sse|websocket]
 * [--json FILE]`; rates are commits a second to groups of ten readers each, and the file keeps the costs of
 * server-sent events. Ends with 1 when a floor is not kept.
 */
import { parseArgs } from "node:util";
import { keepCosts } from "./costs.ts";
import { keepsFloor, line } from "./stream_goals.ts";
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
  },
});

let kept = true;
const costs = await measureStreams({
  streams: Number(values.streams),
  idleSeconds: 20,
  commitsPerSecond: values.rates.split(",").map(Number),
  fanOutSeconds: 10,
  broadcasts: 20,
  cycles: Number(values.cycles),
  transport: transportName(values.transport),
}, (figure) => {
  kept &&= keepsFloor(figure);
  console.log(line(figure));
});
if (values.transport === "sse") await keepCosts(values.json, costs);
Deno.exit(kept ? 0 : 1);

/**
 * Closed-loop benchmark of the whole path: HTTP → edge → mailbox → actor → log → outcome, with all
 * processes, NATS and Postgres on this machine. Each caller works in one of the groups and sends its
 * next command when the last one is committed: create a todo, rename it, complete it, and again.
 * Prints commands/s, latency, and the processor time a command costs in each process.
 *
 * A process of V8 compiles what is hot for its first half a minute, on the same processors; so a
 * warm-up with the most callers comes first, and its figures, those of a cold stack, are printed too.
 *
 * `deno task bench:commands [--seconds 10] [--warm-up 20] [--callers 1,16,64] [--groups 64]
 * [--url http://…] [--json FILE]`; without `--url` it starts a throw-away stack. `--json` keeps what a command
 * costs with the most callers in a file of unit costs.
 */
import { parseArgs } from "node:util";
import { closedLoop, enrol, quantile } from "./_command_load.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { keepCosts } from "./costs.ts";
import { type Growth, growthOf, storedSizes } from "./_stored.ts";
import { cpuEach, type Listed, type Stores, withTarget } from "./_target.ts";

/** What one command took. */
interface Measured {
  readonly cpuUs: ReadonlyMap<string, number>;
  readonly growth: Growth | undefined;
  readonly httpBytes: number;
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "10" },
    "warm-up": { type: "string", default: "20" },
    callers: { type: "string", default: "1,16,64" },
    groups: { type: "string", default: "64" },
    url: { type: "string" },
    json: { type: "string" },
  },
});

async function measure(
  { url, processes, stores }: { url: string; processes: () => Listed; stores?: Stores | undefined },
  count: number,
  seconds: number,
): Promise<Measured> {
  const callers = await enrol(url, { callers: count, groups: Number(values.groups) });
  try {
    await closedLoop(callers, 1);
    const listed = [...processes(), { name: "load client", pid: Deno.pid }];
    const bytes = () => callers.reduce((sum, { client }) => sum + client.bytes, 0);
    const bytesBefore = bytes();
    const sizesBefore = stores && await storedSizes(stores);
    const cpuBefore = cpuTimes(listed);
    const startedAt = performance.now();
    const latencies = await closedLoop(callers, seconds);
    const rate = latencies.length / ((performance.now() - startedAt) / 1000);
    const cpuAfter = cpuTimes(listed);
    console.log(
      `${String(count).padStart(4)} callers: ${rate.toFixed(0).padStart(6)} commands/s   ` +
        `p50 ${quantile(latencies, 0.5).toFixed(2)} ms   p95 ${
          quantile(latencies, 0.95).toFixed(2)
        } ms   ` +
        `p99 ${quantile(latencies, 0.99).toFixed(2)} ms   max ${
          quantile(latencies, 1).toFixed(2)
        } ms`,
    );
    const cpuUs = cpuEach(cpuBefore, cpuAfter, latencies.length);
    const costs = [...cpuUs].map(([name, us]) => `${name} ${us.toFixed(0)}`);
    console.log(`              CPU µs per command: ${costs.join(", ")}`);
    const growth = sizesBefore && stores &&
      growthOf(sizesBefore, await storedSizes(stores), latencies.length);
    const httpBytes = (bytes() - bytesBefore) / latencies.length;
    if (growth) {
      const parts = Object.entries(growth).map(([name, size]) => `${name} ${size.toFixed(0)}`);
      console.log(
        `              bytes per command: ${parts.join(", ")}, HTTP ${httpBytes.toFixed(0)}`,
      );
    }
    return { cpuUs, growth, httpBytes };
  } finally {
    for (const { client } of callers) client[Symbol.dispose]();
  }
}

await withTarget(values.url, async (url, processes, stores) => {
  const target = { url, processes, stores };
  const counts = values.callers.split(",").map(Number);
  const warmUp = Number(values["warm-up"]);
  if (warmUp > 0) {
    console.log(`Warm-up of ${warmUp} s:`);
    await measure(target, Math.max(...counts), warmUp);
    console.log("Measured:");
  }
  for (const count of counts) {
    const { cpuUs, growth, httpBytes } = await measure(target, count, Number(values.seconds));
    if (count < Math.max(...counts) || !growth) continue;
    const us = (process: string) => cpuUs.get(process) ?? NaN;
    await keepCosts(values.json, {
      "command.edge_us": us("edge"),
      "command.host_us": us("group-host"),
      "command.nats_us": us("nats"),
      "command.projector_us": us("projector"),
      "command.postgres_us": us("postgres"),
      "command.log_bytes": growth.log,
      "command.mailbox_bytes": growth.mailbox,
      "command.postgres_bytes": growth.database,
      "command.wal_bytes": growth.wal,
      "command.http_bytes": httpBytes,
    });
  }
});

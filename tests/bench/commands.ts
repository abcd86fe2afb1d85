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
 * [--url http://…]`; without `--url` it starts a throw-away stack.
 */
import { parseArgs } from "node:util";
import { closedLoop, enrol, quantile } from "./_command_load.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { type Listed, withTarget } from "./_target.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "10" },
    "warm-up": { type: "string", default: "20" },
    callers: { type: "string", default: "1,16,64" },
    groups: { type: "string", default: "64" },
    url: { type: "string" },
  },
});

async function measure(
  url: string,
  processes: () => Listed,
  count: number,
  seconds: number,
): Promise<void> {
  const callers = await enrol(url, { callers: count, groups: Number(values.groups) });
  try {
    await closedLoop(callers, 1);
    const listed = [...processes(), { name: "load client", pid: Deno.pid }];
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
    const costs = [...cpuAfter].map(([name, ms]) => {
      const microseconds = (ms - (cpuBefore.get(name) ?? 0)) * 1000 / latencies.length;
      return `${name} ${microseconds.toFixed(0)}`;
    });
    console.log(`              CPU µs per command: ${costs.join(", ")}`);
  } finally {
    for (const { client } of callers) client[Symbol.dispose]();
  }
}

await withTarget(values.url, async (url, processes) => {
  const counts = values.callers.split(",").map(Number);
  const warmUp = Number(values["warm-up"]);
  if (warmUp > 0) {
    console.log(`Warm-up of ${warmUp} s:`);
    await measure(url, processes, Math.max(...counts), warmUp);
    console.log("Measured:");
  }
  for (const count of counts) await measure(url, processes, count, Number(values.seconds));
});

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
import { newId } from "../../actors/protocol/mod.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { HttpClient } from "../support/http_client.ts";
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

interface Caller {
  readonly client: HttpClient;
  readonly token: string;
  readonly groupId: string;
}

async function send<T>(
  client: HttpClient,
  method: string,
  path: string,
  options: { token?: string; body?: unknown },
): Promise<T> {
  const reply = await client.send(method, path, options);
  if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${reply.body}`);
  return JSON.parse(reply.body) as T;
}

async function enrol(url: string, callers: number, groups: number): Promise<Caller[]> {
  const groupIds: { id: string; token: string }[] = [];
  const enrolled: Caller[] = [];
  for (let i = 0; i < callers; i++) {
    const client = await HttpClient.connect(url);
    const own = groupIds[i % groups];
    if (own) {
      enrolled.push({ client, token: own.token, groupId: own.id });
      continue;
    }
    const { access_token: token } = await send<{ access_token: string }>(
      client,
      "POST",
      "/api/v1/auth/register",
      { body: { username: `bench-${newId().slice(-12)}${i}`, password: "benchmark-password" } },
    );
    const { id } = await send<{ id: string }>(client, "POST", "/api/v1/groups", {
      token,
      body: { name: `Bench ${i}` },
    });
    groupIds.push({ id, token });
    enrolled.push({ client, token, groupId: id });
  }
  return enrolled;
}

/** The commands of one caller, one after the other: bodies and the status that says "committed". */
function* workload(
  groupId: string,
): Generator<{ readonly body: unknown; readonly expected: number }> {
  const command = (type: string, payload: unknown) => ({
    command_id: newId(),
    type,
    group_id: groupId,
    payload,
  });
  while (true) {
    const todo_id = newId();
    yield { body: command("todo.create", { todo_id, title: "Measure it" }), expected: 201 };
    yield { body: command("todo.update", { todo_id, title: "Measure it again" }), expected: 200 };
    yield { body: command("todo.complete", { todo_id }), expected: 200 };
  }
}

async function closedLoop(callers: readonly Caller[], seconds: number): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + seconds * 1000;
  await Promise.all(callers.map(async ({ client, token, groupId }) => {
    for (const { body, expected } of workload(groupId)) {
      const startedAt = performance.now();
      if (startedAt >= end) return;
      const reply = await client.send("POST", "/api/v1/command", { token, body });
      if (reply.status !== expected) throw new Error(`Command: ${reply.status} ${reply.body}`);
      latencies.push(performance.now() - startedAt);
    }
  }));
  return latencies.sort((a, b) => a - b);
}

function quantile(sorted: readonly number[], q: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN).toFixed(2);
}

async function measure(
  url: string,
  processes: () => Listed,
  count: number,
  seconds: number,
): Promise<void> {
  const callers = await enrol(url, count, Number(values.groups));
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
        `p50 ${quantile(latencies, 0.5)} ms   p95 ${quantile(latencies, 0.95)} ms   ` +
        `p99 ${quantile(latencies, 0.99)} ms   max ${quantile(latencies, 1)} ms`,
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

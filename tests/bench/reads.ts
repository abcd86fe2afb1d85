/**
 * Closed-loop benchmark of reads: callers that ask for the todos of their group again and again, half of the
 * time with the `ETag` that they have (304), the other half without (200).
 *
 * `deno task bench:reads [--seconds 5] [--callers 64] [--todos 20] [--url http://…]
 * [--json FILE]`; without `--url` it starts a throw-away stack.
 */
import { parseArgs } from "node:util";
import { newId } from "../../actors/protocol/mod.ts";
import { cpuTimes } from "./_cpu_time.ts";
import { HttpClient } from "../support/http_client.ts";
import { keepCosts } from "./costs.ts";
import { cpuEach, type Listed, withTarget } from "./_target.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "5" },
    callers: { type: "string", default: "64" },
    todos: { type: "string", default: "20" },
    url: { type: "string" },
    json: { type: "string" },
  },
});

interface Reader {
  readonly client: HttpClient;
  readonly token: string;
  readonly path: string;
  readonly etag: string;
}

/** Somebody with a group of todos. */
async function enrol(url: string, number: number): Promise<Reader> {
  const client = await HttpClient.connect(url);
  const send = async (path: string, token: string, body: unknown) => {
    const reply = await client.send("POST", path, { ...(token ? { token } : {}), body });
    if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${reply.body}`);
    return JSON.parse(reply.body) as { readonly access_token: string; readonly id: string };
  };
  const { access_token: token } = await send("/api/v1/auth/register", "", {
    username: `bench-${newId().slice(-12)}${number}`,
    password: "benchmark-password",
  });
  const { id } = await send("/api/v1/groups", token, { name: "Bench" });
  const commands = Array.from({ length: Number(values.todos) }, (_, n) => ({
    type: "todo.create",
    payload: { title: `Todo ${n}`, description: "Something to read" },
  }));
  await send("/api/v1/command", token, { type: "batch", group_id: id, payload: { commands } });
  const path = `/api/v1/todos?group_id=${id}`;
  const { status, etag } = await client.send("GET", path, { token });
  if (status !== 200 || etag === undefined) throw new Error(`${path}: ${status}`);
  return { client, token, path, etag };
}

async function closedLoop(
  readers: readonly Reader[],
  { seconds, hit }: { readonly seconds: number; readonly hit: boolean },
): Promise<number[]> {
  const latencies: number[] = [];
  const end = performance.now() + seconds * 1000;
  await Promise.all(readers.map(async ({ client, token, path, etag }) => {
    for (;;) {
      const startedAt = performance.now();
      if (startedAt >= end) return;
      const options = hit ? { token, ifNoneMatch: etag } : { token };
      const reply = await client.send("GET", path, options);
      if (reply.status !== (hit ? 304 : 200)) throw new Error(`${path}: ${reply.status}`);
      latencies.push(performance.now() - startedAt);
    }
  }));
  return latencies.sort((a, b) => a - b);
}

async function measure(
  url: string,
  processes: () => Listed,
): Promise<void> {
  const seconds = Number(values.seconds);
  const readers: Reader[] = [];
  for (let n = 0; n < Number(values.callers); n++) readers.push(await enrol(url, n));
  for (const hit of [true, false]) {
    await closedLoop(readers, { seconds: 1, hit });
    const listed = [...processes(), { name: "load client", pid: Deno.pid }];
    const bytes = () => readers.reduce((sum, { client }) => sum + client.bytes, 0);
    const bytesBefore = bytes();
    const before = cpuTimes(listed);
    const startedAt = performance.now();
    const latencies = await closedLoop(readers, { seconds, hit });
    const rate = latencies.length / ((performance.now() - startedAt) / 1000);
    const at = (q: number) => (latencies[Math.floor(q * (latencies.length - 1))] ?? NaN).toFixed(2);
    console.log(
      `${readers.length} callers, ${hit ? "with the ETag (304)" : "without      (200)"}: ` +
        `${rate.toFixed(0).padStart(6)} reads/s   p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`,
    );
    const cpuUs = cpuEach(before, cpuTimes(listed), latencies.length);
    const costs = [...cpuUs].map(([name, us]) => `${name} ${us.toFixed(0)}`);
    console.log(`              CPU µs per read: ${costs.join(", ")}`);
    const [edge = NaN, postgres = NaN] = [cpuUs.get("edge"), cpuUs.get("postgres")];
    const missBytes = (bytes() - bytesBefore) / latencies.length;
    if (listed.length === 1) continue;
    await keepCosts(
      values.json,
      hit ? { "read.hit_edge_us": edge, "read.hit_postgres_us": postgres } : {
        "read.miss_edge_us": edge,
        "read.miss_postgres_us": postgres,
        "read.miss_bytes": missBytes,
      },
    );
  }
  for (const { client } of readers) client[Symbol.dispose]();
}

await withTarget(values.url, measure);

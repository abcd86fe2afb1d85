/** Load of commands for benchmarks: people with groups, what they send, and a closed loop of it. */
import { newId } from "../../actors/protocol/mod.ts";
import { HttpClient } from "../support/http_client.ts";

/** Somebody with a group and a connection. */
export interface Caller {
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

/** Registers people of `groups` groups; who comes after these shares them. */
export async function enrol(
  url: string,
  { callers, groups }: { readonly callers: number; readonly groups: number },
): Promise<Caller[]> {
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

/** Every caller sends its next command when the last one is committed; answers the latencies, sorted. */
export async function closedLoop(callers: readonly Caller[], seconds: number): Promise<number[]> {
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

/** The value below which the share `q` of `sorted` lies. */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/**
 * From a command to its frame at another member, through every process: commands are sent at an even
 * rate, whatever becomes of earlier ones (open loop), and a member of each group reads its stream. Time
 * counts from when the command was due to be sent. Prints the spread, and the bytes of a frame.
 *
 * `deno task bench:delivery [--seconds 20] [--warm-up 20] [--rate 2000] [--groups 64] [--keep]`; half of what
 * the machine can do is the rate to compare with; `--keep` puts the figures into the table of goals. Starts a
 * throw-away stack.
 */
import { parseArgs } from "node:util";
import { pause } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { HttpClient } from "../support/http_client.ts";
import { quantile } from "./_command_load.ts";
import { keepGoals } from "./goal_table.ts";
import { type Figure, line } from "./stream_goals.ts";
import { type Arrival, MembersStream, type OnArrival } from "./_members_stream.ts";
import { withTarget } from "./_target.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "20" },
    "warm-up": { type: "string", default: "20" },
    rate: { type: "string", default: "2000" },
    groups: { type: "string", default: "64" },
    keep: { type: "boolean", default: false },
  },
});
/** Connections that carry the commands; a command waits when all of them are busy, and that counts. */
const CONNECTIONS = 128;
const SETTLE_MS = 3_000;

interface Group {
  readonly id: string;
  readonly token: string;
  /** A todo that is renamed again and again. */
  readonly todoId: string;
  commands: number;
}

/** A group of two: who writes, and who reads its stream. */
async function enrol(
  client: HttpClient,
  streamerUrl: string,
  arrived: OnArrival,
): Promise<{ group: Group; stream: MembersStream }> {
  const send = async <T>(path: string, body: unknown, token?: string): Promise<T> => {
    const reply = await client.send("POST", path, { ...(token ? { token } : {}), body });
    if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${reply.body}`);
    return JSON.parse(reply.body || "null") as T;
  };
  const register = async () => {
    const username = `bench-${newId().slice(-16)}`;
    const { access_token } = await send<{ access_token: string }>("/api/v1/auth/register", {
      username,
      password: "benchmark-password",
    });
    return { username, token: access_token };
  };
  const [writer, reader] = [await register(), await register()];
  const { id } = await send<{ id: string }>("/api/v1/groups", { name: "Bench" }, writer.token);
  await send(`/api/v1/groups/${id}/members`, { username: reader.username }, writer.token);
  const group = { id, token: writer.token, todoId: newId(), commands: 0 };
  const first = { todo_id: group.todoId, title: "Buy milk" };
  await send(
    "/api/v1/command",
    { type: "todo.create", group_id: id, payload: first },
    writer.token,
  );
  const stream = await MembersStream.open(streamerUrl, {
    token: reader.token,
    groupId: id,
    arrived,
  });
  return { group, stream };
}

/** The group's next command, in turns a new todo and another title; none depends on one under way. */
function nextCommand(group: Group): { readonly id: string; readonly body: unknown } {
  const count = group.commands++;
  const command_id = newId();
  const [type, payload] = count % 2 === 0
    ? ["todo.create", { todo_id: newId(), title: "Buy milk and bread" }]
    : ["todo.update", { todo_id: group.todoId, title: `Buy milk, bread and butter, ${count}` }];
  return { id: command_id, body: { command_id, type, group_id: group.id, payload } };
}

interface Sent {
  readonly dueMs: number;
  arrival?: Arrival;
}

/** Sends commands for `seconds`, one group after the other, each when it is due. */
async function pour(
  { groups, clients, sent }: {
    readonly groups: readonly Group[];
    readonly clients: HttpClient[];
    readonly sent: Map<string, Sent>;
  },
  seconds: number,
): Promise<void> {
  const rate = Number(values.rate);
  const idle = [...clients];
  const waiting: (() => void)[] = [];
  const startedAt = performance.now();
  const done: Promise<void>[] = [];
  const send = async (group: Group, dueMs: number) => {
    while (idle.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    const client = idle.pop();
    if (!client) throw new Error("There is no connection");
    const { id, body } = nextCommand(group);
    sent.set(id, { dueMs });
    const reply = await client.send("POST", "/api/v1/command", { token: group.token, body });
    if (reply.status >= 300) throw new Error(`Command: ${reply.status} ${reply.body}`);
    idle.push(client);
    waiting.shift()?.();
  };
  for (let count = 0; count < rate * seconds;) {
    const due = Math.min(rate * seconds, (performance.now() - startedAt) / 1_000 * rate);
    for (; count < due; count++) {
      const group = groups[count % groups.length];
      if (group) done.push(send(group, startedAt + count / rate * 1_000));
    }
    await pause(1);
  }
  await Promise.all(done);
}

await withTarget(undefined, async (url, processes) => {
  const streamerUrl = processes().find(({ name }) => name === "streamer")?.url;
  if (!streamerUrl) throw new Error("There is no streamer");
  const sent = new Map<string, Sent>();
  const arrived: OnArrival = (commandId, arrival) => {
    const command = sent.get(commandId);
    if (command) command.arrival = arrival;
  };
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => HttpClient.connect(url)),
  );
  const streams: MembersStream[] = [];
  const groups: Group[] = [];
  for (let i = 0; i < Number(values.groups); i++) {
    const client = clients[i % clients.length];
    if (!client) break;
    const { group, stream } = await enrol(client, streamerUrl, arrived);
    groups.push(group);
    streams.push(stream);
  }
  await pour({ groups, clients, sent }, Number(values["warm-up"]));
  await pause(SETTLE_MS);
  sent.clear();
  await pour({ groups, clients, sent }, Number(values.seconds));
  await pause(SETTLE_MS);
  const arrivals = [...sent.values()].flatMap(({ dueMs, arrival }) =>
    arrival ? [{ tookMs: arrival.atMs - dueMs, bytes: arrival.bytes }] : []
  );
  const took = arrivals.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const bytes = arrivals.map((each) => each.bytes).sort((a, b) => a - b);
  const missing = sent.size - arrivals.length;
  const beside = [
    `${values.rate} commands/s, open loop: ${sent.size} sent, ${missing} not seen by another member`,
    `p95 ${quantile(took, 0.95).toFixed(1)} ms, max ${quantile(took, 1).toFixed(1)} ms`,
    `bytes of a frame: p50 ${quantile(bytes, 0.5).toFixed(0)}, max ${
      quantile(bytes, 1).toFixed(0)
    }`,
  ];
  const figures: Figure[] = [
    // What did not come is no quick delivery.
    { id: "G6", value: missing > 0 ? Infinity : quantile(took, 0.99), beside },
    { id: "G6 p50", value: quantile(took, 0.5), beside: [] },
  ];
  for (const figure of figures) console.log(line(figure));
  if (values.keep) await keepGoals("bench:delivery", figures);
  for (const stream of streams) stream[Symbol.dispose]();
  for (const client of clients) client[Symbol.dispose]();
});

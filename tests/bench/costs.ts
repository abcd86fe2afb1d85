/**
 * What one thing costs, as the benchmarks measured it: names, units, and the file in which `--json FILE`
 * keeps them with machine, date, commit and command. The capacity plan and the simulation of sessions read
 * that file; nobody writes figures into it by hand.
 */
import * as v from "valibot";

/** Every unit cost: its unit, what it is, and the task that measures it. */
export const COSTS = {
  "command.edge_us": ["µs", "processor time of a command in the edge", "bench:commands"],
  "command.host_us": ["µs", "processor time of a command in the group host", "bench:commands"],
  "command.nats_us": ["µs", "processor time of a command in NATS", "bench:commands"],
  "command.projector_us": ["µs", "processor time of a command in the projector", "bench:commands"],
  "command.postgres_us": ["µs", "processor time of a command in Postgres", "bench:commands"],
  "command.log_bytes": ["B", "bytes of the log for a command", "bench:commands"],
  "command.mailbox_bytes": ["B", "bytes of the mailbox for a command", "bench:commands"],
  "command.postgres_bytes": ["B", "growth of the database for a command", "bench:commands"],
  "command.wal_bytes": ["B", "Postgres' write-ahead log for a command", "bench:commands"],
  "command.http_bytes": ["B", "request and answer of a command", "bench:commands"],
  "read.hit_edge_us": [
    "µs",
    "processor time in the edge of a read that has the newest",
    "bench:reads",
  ],
  "read.hit_postgres_us": ["µs", "the same in Postgres", "bench:reads"],
  "read.miss_edge_us": ["µs", "processor time in the edge of a read of 20 todos", "bench:reads"],
  "read.miss_postgres_us": ["µs", "the same in Postgres", "bench:reads"],
  "read.miss_bytes": ["B", "request and answer of a read of 20 todos", "bench:reads"],
  "account.refresh_edge_us": [
    "µs",
    "processor time in the edge of a new access token",
    "bench:accounts",
  ],
  "account.refresh_postgres_us": ["µs", "the same in Postgres", "bench:accounts"],
  "account.login_edge_us": ["µs", "processor time in the edge of signing in", "bench:accounts"],
  "account.login_postgres_us": ["µs", "the same in Postgres", "bench:accounts"],
  "stream.kib": ["KiB", "resident memory of an idle stream", "bench:streams"],
  "stream.base_mib": ["MiB", "resident memory of a streamer without streams", "bench:streams"],
  "stream.kernel_bytes": ["B", "kernel memory of one end of a stream", "bench:streams"],
  "stream.idle_us": ["µs/s", "processor time of an idle stream", "bench:streams"],
  "stream.open_us": [
    "µs",
    "processor time of opening a stream, token not seen before",
    "bench:streams",
  ],
  "stream.resume_us": [
    "µs",
    "processor time of a stream that comes back, group still followed",
    "bench:streams",
  ],
  "stream.follow_us": [
    "µs",
    "processor time of beginning to follow a group, without its history",
    "bench:follows",
  ],
  "stream.fold_us": [
    "µs",
    "processor time of one event of the history of a group",
    "bench:follows",
  ],
  "stream.restore_us": [
    "µs",
    "processor time of one event that the snapshot of a group covers",
    "bench:follows",
  ],
  "stream.group_kib": [
    "KiB",
    "resident memory of a followed group of 300 events, without its ring",
    "bench:follows",
  ],
  "stream.ring_kib": ["KiB", "resident memory of a commit in a ring", "bench:follows"],
  "stream.delivery_us": [
    "µs",
    "processor time of one delivery, groups of ten",
    "bench:streams",
  ],
  "stream.broadcast_us": [
    "µs",
    "processor time of one delivery, one event to everybody",
    "bench:streams",
  ],
  "stream.frame_bytes": ["B", "bytes on the wire of one delivery", "bench:streams"],
  "stream.snapshot_bytes": [
    "B",
    "bytes of the head and snapshot of a fresh stream",
    "bench:streams",
  ],
  "actor.kib": ["KiB", "resident memory of an actor of 20 todos", "bench:actors"],
  "actor.activation_ms": ["ms", "loading a group of 1,000 events by its snapshot", "bench:actors"],
  "projection.events_per_s": ["1/s", "events one projection writes", "bench:projection"],
  "nats.store_us": [
    "µs",
    "processor time of storing and acknowledging a message, one copy",
    "bench:nats",
  ],
  "nats.store_r3_us": ["µs", "the same in all three servers, three copies", "bench:nats"],
  "nats.store_per_s": ["1/s", "messages a stream of one copy stored", "bench:nats"],
  "nats.store_r3_per_s": ["1/s", "messages a stream of three copies stored", "bench:nats"],
  "nats.delivery_us": ["µs", "processor time of one delivery to a subscriber", "bench:nats"],
  "nats.subscription_bytes": ["B", "memory of one subscription", "bench:nats"],
  "nats.subject_bytes": ["B", "memory of one subject in a stream", "bench:nats"],
  "nats.last_us": ["µs", "processor time of reading a group's newest message", "bench:nats"],
  "nats.snapshot_us": [
    "µs",
    "processor time of reading a snapshot of a group of 300 events",
    "bench:nats",
  ],
  "nats.page_us": ["µs", "processor time of reading a page of 50 messages", "bench:nats"],
  "nats.page_ms": ["ms", "median time until a page of 50 messages is read", "bench:nats"],
} as const satisfies Record<string, readonly [unit: string, meaning: string, task: string]>;

export type CostName = keyof typeof COSTS;

/** One measured figure and where it comes from. */
export interface Figure {
  readonly value: number;
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly command: string;
}

/** The value of every cost. */
export type Costs = Readonly<Record<CostName, number>>;

/** Every cost with where it comes from. */
export type Figures = Readonly<Record<CostName, Figure>>;

const FILE = new URL("./costs.json", import.meta.url);
const FigureText = v.object({
  value: v.pipe(v.number(), v.finite(), v.minValue(0)),
  date: v.string(),
  commit: v.string(),
  machine: v.string(),
  command: v.string(),
});
const FileText = v.record(v.string(), FigureText);

/**
 * Reads the text of a file of costs.
 *
 * @throws {Error} when one is missing or unknown; the message names the task that measures it
 */
export function parseFigures(text: string): Figures {
  const found = v.parse(FileText, JSON.parse(text));
  for (const [name, [, , task]] of Object.entries(COSTS)) {
    if (!found[name]) throw new Error(`The cost ${name} is missing: deno task ${task} --json FILE`);
  }
  const unknown = Object.keys(found).find((name) => !Object.hasOwn(COSTS, name));
  if (unknown !== undefined) throw new Error(`Nothing measures the cost ${unknown}`);
  return found as Record<CostName, Figure>;
}

/** The figures of this repository. */
export async function readFigures(): Promise<Figures> {
  return parseFigures(await Deno.readTextFile(FILE));
}

/** Only the values of `figures`. */
export function valuesOf(figures: Figures): Costs {
  return Object.fromEntries(
    Object.entries(figures).map(([name, { value }]) => [name, value]),
  ) as Record<CostName, number>;
}

/** The text of a file in which `measured` replace what was `before`; sorted by the order of the names. */
export function mergeFigures(before: string, measured: Partial<Figures>): string {
  const old = before.trim() === "" ? {} : v.parse(FileText, JSON.parse(before));
  const merged: Record<string, Figure | undefined> = { ...old, ...measured };
  const sorted = Object.keys(COSTS).flatMap((name) => merged[name] ? [[name, merged[name]]] : []);
  return `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`;
}

/**
 * Puts what a benchmark measured into the file `path`, with the machine, day, commit and command.
 * Does nothing without a path.
 */
export async function keepCosts(
  path: string | undefined,
  values: Partial<Record<CostName, number>>,
): Promise<void> {
  if (path === undefined) return;
  const origin = await originOfRun();
  const measured = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value: rounded(value), ...origin }]),
  );
  let before = "";
  try {
    before = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await Deno.writeTextFile(path, mergeFigures(before, measured));
}

/** Where the figures of this process come from: day, commit, machine and command. */
export async function originOfRun(): Promise<Omit<Figure, "value">> {
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: await commit(),
    machine: machine(),
    command: commandLine(),
  };
}

/** Four digits: more would say more than was measured. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function machine(): string {
  const gib = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  return `${navigator.hardwareConcurrency} cores, ${gib} GiB, ${Deno.build.os}`;
}

/** The benchmark and its arguments, without those that say where to keep the figures. */
function commandLine(): string {
  const script = new URL(Deno.mainModule).pathname.split("/").at(-1) ?? "";
  const place = Deno.args.indexOf("--json");
  const args = place < 0 ? Deno.args : Deno.args.toSpliced(place, 2);
  return [`deno task bench:${script.replace(".ts", "")}`, ...args].join(" ");
}

async function commit(): Promise<string> {
  const { stdout } = await new Deno.Command("git", {
    args: ["rev-parse", "--short=10", "HEAD"],
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim() || "unknown";
}

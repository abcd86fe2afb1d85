/**
 * What streams may cost and how fast they must be: a floor that every change has to keep, the goal, what
 * would be better still, and the task that measures it. Numbers G1 to G14 are those of the design. Pure.
 */

export interface Goal {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly floor: number;
  readonly goal: number;
  readonly stretch: number;
  /** What measures it, as it is called after `deno task`. */
  readonly task: Task;
}

export const TASKS = [
  "bench:streams",
  "bench:streams --transport websocket",
  "bench:connections",
  "bench:delivery",
  "bench:storm",
  "chaos --scenario stream-cuts",
  "chaos --scenario stalled-readers",
  "chaos --scenario gone-clients",
] as const;

export type Task = typeof TASKS[number];

const STREAMS = "bench:streams";
const STALLED = "chaos --scenario stalled-readers";

/** In the order of the design. Where the floor is below the goal, more is better. */
export const GOALS = [
  goal("G1", "memory of an idle stream", "KiB", [25, 16, 10], STREAMS),
  goal("G2", "streams held at a time", "", [18_000, 90_000, 200_000], "bench:connections"),
  goal("G3", "processor time of an idle stream, a second", "µs", [10, 5, 2.5], STREAMS),
  goal("G4", "processor time of a delivery, groups of ten", "µs", [40, 20, 11], STREAMS),
  goal(
    "G4 delay",
    "from commit to write, p99 in the streamer, groups of ten",
    "ms",
    [25, 10, 5],
    STREAMS,
  ),
  goal(
    "G5",
    "one event, until the last of 10,000 streams has it, p50",
    "ms",
    [400, 150, 80],
    STREAMS,
  ),
  goal("G6", "from command to frame at another member, p99", "ms", [150, 50, 25], "bench:delivery"),
  goal("G6 p50", "the same, p50", "ms", [150, 10, 10], "bench:delivery"),
  goal(
    "G7",
    "random cuts, resumed without gap or duplicate",
    "",
    [1e5, 1e6, 1e7],
    "chaos --scenario stream-cuts",
  ),
  goal(
    "G8",
    "reconnect, until 50 missed commits are there, p99",
    "ms",
    [1_000, 250, 100],
    STREAMS,
  ),
  goal("G9", "processor time to open a stream with a new token", "µs", [1_000, 333, 167], STREAMS),
  goal("G10", "queries of Postgres for each reconnect", "", [0.1, 0.01, 0], "bench:storm"),
  goal("G11", "memory of kernel and streamer for a reader that hangs", "KiB", [
    512,
    512,
    512,
  ], STALLED),
  goal("G11 others", "rise of the others' p99 while a tenth hangs", "%", [10, 10, 10], STALLED),
  goal(
    "G12",
    "until clients are noticed whose network is gone",
    "s",
    [90, 60, 45],
    "chaos --scenario gone-clients",
  ),
  goal(
    "G13",
    "removal of a member, until the stream has ended, max",
    "ms",
    [5_000, 1_000, 100],
    STREAMS,
  ),
  goal("G14", "memory after opening and closing, above a warm one", "%", [10, 5, 1], STREAMS),
] as const;

export type GoalId = typeof GOALS[number]["id"];

export interface Figure {
  readonly id: GoalId;
  readonly value: number;
  /** What was measured beside it. */
  readonly beside: readonly string[];
}

/** Whether `figure` keeps the floor of its goal. */
export function keepsFloor({ id, value }: Figure): boolean {
  return reaches(value, goalOf(id), "floor");
}

/** A figure in words, with what it is held against. */
export function line(figure: Figure): string {
  const { id, what, floor, goal } = goalOf(figure.id);
  const held = `${verdict(figure)}; floor ${floor}, goal ${goal}`;
  return [
    `${id.padEnd(11)}${what}: ${shown(figure)} (${held})`,
    ...figure.beside.map((each) => `           ${each}`),
  ].join("\n");
}

/** The value of a figure with its unit. */
export function shown({ id, value }: Figure): string {
  const isWhole = value >= 100 || Number.isInteger(value);
  const text = isWhole
    ? Math.round(value).toLocaleString("en")
    : value < 1
    ? value.toPrecision(2)
    : value.toFixed(1);
  return `${text} ${goalOf(id).unit}`.trimEnd();
}

/** The best of floor, goal and stretch that a figure reaches, in words. */
export function verdict({ id, value }: Figure): string {
  const goal = goalOf(id);
  return reaches(value, goal, "stretch")
    ? "better than the goal"
    : reaches(value, goal, "goal")
    ? "goal"
    : reaches(value, goal, "floor")
    ? "floor"
    : "BELOW THE FLOOR";
}

function reaches(value: number, goal: Goal, level: "floor" | "goal" | "stretch"): boolean {
  return goal.floor < goal.goal ? value >= goal[level] : value <= goal[level];
}

function goal<Id extends string>(
  id: Id,
  what: string,
  unit: string,
  [floor, goal, stretch]: readonly [number, number, number],
  task: Task,
): Goal & { readonly id: Id } {
  return { id, what, unit, floor, goal, stretch, task };
}

function goalOf(id: GoalId): Goal {
  const found = GOALS.find((each) => each.id === id);
  if (!found) throw new Error(`There is no goal ${id}`);
  return found;
}

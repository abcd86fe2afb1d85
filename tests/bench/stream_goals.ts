/**
 * What streams may cost and how fast they must be: a floor that every change has to keep, the goal, and
 * what would be better still. Numbers G1 to G14 are those of the design; each figure is the smaller the
 * better. Pure.
 */

export interface Goal {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly floor: number;
  readonly goal: number;
  readonly stretch: number;
}

export const GOALS = [
  goal("G1", "memory of an idle stream", "KiB", [25, 16, 10]),
  goal("G3", "processor time of an idle stream, a second", "µs", [10, 5, 2.5]),
  goal("G4", "processor time of a delivery, groups of ten", "µs", [40, 20, 11]),
  goal("G4 delay", "from commit to write, p99 in the streamer, groups of ten", "ms", [25, 10, 5]),
  goal("G5", "one event, until the last of 10,000 streams has it, p50", "ms", [400, 150, 80]),
  goal("G8", "reconnect, until 50 missed commits are there, p99", "ms", [1_000, 250, 100]),
  goal("G9", "processor time to open a stream with a new token", "µs", [1_000, 333, 167]),
  goal("G13", "removal of a member, until the stream has ended, max", "ms", [5_000, 1_000, 100]),
  goal("G14", "memory after opening and closing, above a warm one", "%", [10, 5, 1]),
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
  return value <= goalOf(id).floor;
}

/** A figure in words, with what it is held against. */
export function line(figure: Figure): string {
  const { id, what, unit, floor, goal, stretch } = goalOf(figure.id);
  const { value } = figure;
  const reached = value <= stretch
    ? "better than the goal"
    : value <= goal
    ? "goal"
    : value <= floor
    ? "floor"
    : "BELOW THE FLOOR";
  return [
    `${id.padEnd(9)}${what}: ${shown(value)} ${unit} (${reached}; floor ${floor}, goal ${goal})`,
    ...figure.beside.map((each) => `         ${each}`),
  ].join("\n");
}

function goal<Id extends string>(
  id: Id,
  what: string,
  unit: string,
  [floor, goal, stretch]: readonly [number, number, number],
): Goal & { readonly id: Id } {
  return { id, what, unit, floor, goal, stretch };
}

function goalOf(id: GoalId): Goal {
  const found = GOALS.find((each) => each.id === id);
  if (!found) throw new Error(`There is no goal ${id}`);
  return found;
}

function shown(value: number): string {
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

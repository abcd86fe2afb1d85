/** What a benchmark runs against: the stack at a given address, or a throw-away one of its own. */
import { type Stack, startStack } from "../../dev/mod.ts";

/** A process whose processor time is measured. */
export type Listed = readonly {
  readonly name: string;
  readonly pid: number;
  readonly url?: string;
}[];

/** Where a stack of the benchmark's own keeps its data. */
export type Stores = Pick<Stack, "natsUrl" | "databaseUrl">;

/**
 * Runs `measure` against `url`, or a fresh stack that is gone afterwards; only of that processes and stores
 * are known.
 */
export async function withTarget(
  url: string | undefined,
  measure: (url: string, processes: () => Listed, stores?: Stores) => Promise<void>,
): Promise<void> {
  if (url !== undefined) return await measure(url, () => []);
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-bench-" });
  const stack = await startStack({ dataDir, stateFile: `${dataDir}/stack.json` });
  try {
    await measure(stack.url, () => stack.processes, stack);
  } finally {
    await stack.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Processor time in microseconds that each of `count` things took in each process between two looks. */
export function cpuEach(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  count: number,
): Map<string, number> {
  return new Map(
    [...after].map(([name, ms]) => [name, (ms - (before.get(name) ?? 0)) * 1000 / count]),
  );
}

/** What a benchmark runs against: the stack at a given address, or a throw-away one of its own. */
import { startStack } from "../../dev/mod.ts";

/** A process whose processor time is measured. */
export type Listed = readonly {
  readonly name: string;
  readonly pid: number;
  readonly url?: string;
}[];

/** Runs `measure` against `url`, or a fresh stack that is gone afterwards; only of that processes are known. */
export async function withTarget(
  url: string | undefined,
  measure: (url: string, processes: () => Listed) => Promise<void>,
): Promise<void> {
  if (url !== undefined) return await measure(url, () => []);
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-bench-" });
  const stack = await startStack({ dataDir, stateFile: `${dataDir}/stack.json` });
  try {
    await measure(stack.url, () => stack.processes);
  } finally {
    await stack.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
}

/**
 * What a person sees: plain lines, a mark in front, and a heartbeat while something takes long.
 * Works the same without a terminal; colours only on one.
 */

const coloured = Deno.stdout.isTerminal() && !Deno.noColor;
const firstHeartbeatMs = 2_000;
const heartbeatMs = 5_000;

/** Where progress lines go; tests pass a collecting one. */
export type Say = (line: string) => void;

/** Prints one line. A terminal that is gone must not keep anybody from stopping in order. */
export const say: Say = (line) => {
  try {
    console.log(line);
  } catch (error) {
    if (!isClosedOutput(error)) throw error;
  }
};

function isClosedOutput(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    (error instanceof Error && /os error (5|32)\b/.test(error.message));
}

/** Wraps text in an ANSI colour when the output is a terminal. */
export function colour(code: number, text: string): string {
  return coloured ? `\x1b[${code}m${text}\x1b[0m` : text;
}

export const dim = (text: string): string => colour(2, text);
export const green = (text: string): string => colour(32, text);
export const red = (text: string): string => colour(31, text);
export const yellow = (text: string): string => colour(33, text);

/** A duration for people: `340 ms`, `2.1 s`, `75 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 1_000)} s`;
}

/** Runs `work` and prints `… label (12 s)` from time to time until it settles. */
export async function withHeartbeat<T>(
  label: string,
  work: () => Promise<T>,
  options: { say?: Say } = {},
): Promise<T> {
  const print = options.say ?? say;
  const started = performance.now();
  const beat = () => print(dim(`  … ${label} (${duration(performance.now() - started)})`));
  let repeat: ReturnType<typeof setInterval> | undefined;
  const first = setTimeout(() => {
    beat();
    repeat = setInterval(beat, heartbeatMs);
  }, firstHeartbeatMs);
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(repeat);
  }
}

/** One step of the start: runs it under a heartbeat, then prints a tick, its result and its time. */
export async function step<T>(
  label: string,
  work: () => Promise<T>,
  options: { say?: Say; result?: (value: T) => string } = {},
): Promise<T> {
  const print = options.say ?? say;
  const started = performance.now();
  const value = await withHeartbeat(label, work, { say: print });
  const detail = options.result ? ` ${options.result(value)}` : "";
  print(`${green("✓")} ${label}${detail} ${dim(duration(performance.now() - started))}`);
  return value;
}

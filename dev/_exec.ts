/**
 * Runs a program to its end with a time limit and returns what it wrote.
 * For programs that stay, see `supervisor.ts`.
 */

/** Programs that run now; `abortRunning` ends them. */
const running = new Set<AbortController>();

/** Ends every program that `run` waits for, for a stop in the middle of a download or a build. */
export function abortRunning(): void {
  for (const program of running) program.abort();
}

/** How a program ended. */
export interface Finished {
  readonly success: boolean;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly timeoutMs: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Runs `command`; throws `Deno.errors.NotFound` when there is no such program. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Finished> {
  const { timeoutMs, ...rest } = options;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  running.add(timeout);
  try {
    const output = await new Deno.Command(command, {
      ...rest,
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: timeout.signal,
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      success: output.success,
      code: output.code,
      stdout: decode(output.stdout),
      stderr: decode(output.stderr),
      timedOut: timeout.signal.aborted,
    };
  } finally {
    clearTimeout(timer);
    running.delete(timeout);
  }
}

/** The last line that says something, for error sentences. */
export function lastLine(finished: Finished): string {
  if (finished.timedOut) return "the time limit was reached";
  const lines = `${finished.stdout}\n${finished.stderr}`.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").at(-1) ?? `exit code ${finished.code}`;
}

/** The full path of a program on PATH, or undefined. */
export async function which(
  name: string,
  path: string = Deno.env.get("PATH") ?? "",
): Promise<string | undefined> {
  const windows = Deno.build.os === "windows";
  for (const dir of path.split(windows ? ";" : ":").filter((dir) => dir !== "")) {
    for (const candidate of windows ? [`${dir}\\${name}.exe`] : [`${dir}/${name}`]) {
      // PATH may name places that cannot be looked into: no program is found there.
      const info = await Deno.stat(candidate).catch(() => undefined);
      if (info?.isFile && (windows || ((info.mode ?? 0) & 0o111) !== 0)) return candidate;
    }
  }
  return undefined;
}

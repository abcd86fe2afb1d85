/** Runs one group of tests with `deno test`, showing its output as it comes. */
import { type Counts, countsOf, failuresOf } from "./_summary.ts";
import type { TestGroup } from "./_test_groups.ts";
import { rootDir } from "./_paths.ts";
import { colour, dim, duration, red, say } from "./_say.ts";

const killGraceMs = 5_000;
/** Enough for the results of every test, should the summary at the end be missing. */
const keptCharacters = 2_000_000;

export interface RunGroupOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
  readonly signal: AbortSignal;
}

/** How one group ended. */
export interface GroupResult extends Counts {
  readonly name: TestGroup["name"];
  /** What `deno test` said of those that failed; empty when all passed. */
  readonly failures: string;
}

/** Runs the group; ends it when its time limit or `signal` says so. */
export async function runGroup(group: TestGroup, options: RunGroupOptions): Promise<GroupResult> {
  const { env, flags, signal } = options;
  say(`\n${colour(1, `${group.name} tests`)} ${dim(group.paths.join(" "))}`);
  const started = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--allow-all", "--no-check", "--frozen", "--permit-no-files"],
      ...["--sanitize-ops", "--sanitize-resources"],
      ...(group.parallel ? ["--parallel"] : []),
      ...flags,
      ...group.paths,
    ],
    cwd: rootDir,
    env: {
      ...env,
      ...(group.atOnce === undefined ? {} : { DENO_JOBS: String(group.atOnce) }),
      ...(Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {}),
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    // Own process group, so that Ctrl-C reaches this process alone and everything stops in order.
    detached: true,
  }).spawn();
  let expired = false;
  let kill: ReturnType<typeof setTimeout> | undefined;
  const end = () => {
    // Answered by `deno test` with the names of the tests that were not done.
    endGroup(child.pid, "SIGINT");
    kill ??= setTimeout(() => endGroup(child.pid, "SIGKILL"), killGraceMs);
  };
  const limit = setTimeout(() => {
    expired = true;
    end();
  }, group.timeLimitMs);
  signal.addEventListener("abort", end, { once: true });
  const output = await showAndKeep(child.stdout);
  const { success } = await child.status;
  clearTimeout(limit);
  clearTimeout(kill);
  signal.removeEventListener("abort", end);
  if (expired) {
    say(red(`✗ ${group.name} tests were ended: not done within ${duration(group.timeLimitMs)}`));
  }
  const counts = countsOf({ output, success: success && !expired });
  const took = dim(duration(performance.now() - started));
  say(`${group.name}: ${counts.passed} passed, ${counts.failed} failed ${took}`);
  return { ...counts, name: group.name, failures: failuresOf(output) };
}

async function showAndKeep(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let kept = "";
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) at += await Deno.stdout.write(chunk.subarray(at));
    kept = (kept + decoder.decode(chunk, { stream: true })).slice(-keptCharacters);
  }
  return kept;
}

/** Signals the test process and what it started. */
function endGroup(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(Deno.build.os === "windows" ? pid : -pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
  }
}

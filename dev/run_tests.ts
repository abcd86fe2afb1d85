/**
 * `deno task test`: starts the stack on free ports with throw-away data, runs all tests against it,
 * stops it, and ends with the line `N passed, N failed`.
 */
import { DevError, runTask } from "./_error.ts";
import { abortRunning } from "./_exec.ts";
import { floorGroup } from "./_floor_group.ts";
import { removeIfThere } from "./_files.ts";
import { rootDir, testStateDir } from "./_paths.ts";
import { removePostgresHome } from "./_postgres_home.ts";
import { isRunning } from "./_process.ts";
import { type GroupResult, runGroup } from "./_run_group.ts";
import { dim, duration, red, say } from "./_say.ts";
import { stopSignal } from "./_signals.ts";
import { type Counts, sumCounts } from "./_summary.ts";
import { parseRequest, selectGroups, type TestGroup } from "./_test_groups.ts";
import { requireChromium } from "./chromium.ts";
import { natsServerBinary } from "./nats_binary.ts";
import { olderDeno } from "./older_deno.ts";
import { type Stack, startStack } from "./stack.ts";
import { readState, stopLeftovers } from "./state_file.ts";

/** Of the whole run, whatever its groups may take: three times what it takes on two free cores. */
const timeLimitMs = 1_500_000;
/** More than in development: so every test shows, too, that nothing looks for a group in the wrong stream. */
const shards = 2;

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  const started = performance.now();
  const request = parseRequest(Deno.args, exists);
  const groups = request.onFloor
    ? selectGroups(request, [floorGroup(integrationFiles())])
    : selectGroups(request);
  const [unknown] = request.unknown;
  if (unknown !== undefined) {
    throw new DevError("setting-invalid", `"${unknown}" is neither a path nor an option`);
  }
  if (groups.length === 0) {
    throw new DevError("setting-invalid", `No tests lie in ${request.paths.join(", ")}`);
  }
  using signal = stopSignal();
  signal.addEventListener("abort", () => {
    say("Stopping …");
    abortRunning();
  });
  await Deno.mkdir(testStateDir, { recursive: true });
  await cleanUpKilledRuns();
  const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-test-" });
  const stateFile = `${testStateDir}/${Deno.pid}.json`;
  let results: Result[];
  try {
    results = await runAll({
      dataDir,
      stateFile,
      groups,
      flags: request.flags,
      edgeDeno: request.onFloor ? (await olderDeno({ say })).path : undefined,
      signal,
      deadline: started + timeLimitMs,
    });
  } finally {
    await removeData(dataDir);
  }
  const { passed, failed } = sumCounts(results);
  if (signal.aborted) say("The run was stopped before its end");
  if (passed + failed === 0) say(red("✗ No test was found"));
  sayFailures(results);
  say(dim(`\nAll of it took ${duration(performance.now() - started)}`));
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 && !signal.aborted ? 0 : 1;
}

interface Run {
  readonly dataDir: string;
  readonly stateFile: string;
  readonly groups: readonly TestGroup[];
  readonly flags: readonly string[];
  /** The program that runs the edges, when it is not the present Deno. */
  readonly edgeDeno: string | undefined;
  /** On the clock of `performance`. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/** Of a group that ran, or of what kept groups from running. */
type Result = GroupResult | Counts;

async function runAll(run: Run): Promise<Result[]> {
  const { stateFile, groups, flags, signal, deadline } = run;
  const needsBrowser = groups.some(({ name }) => name === "browser");
  const results: Result[] = [];
  const env: Record<string, string> = {};
  const cannotRun = new Set<TestGroup["name"]>();
  // Both are slow on a fresh machine and do not need each other.
  const [browser, stack] = await Promise.allSettled([
    needsBrowser ? requireChromium({ say }) : Promise.resolve(undefined),
    startTestStack(run),
  ]);
  try {
    if (browser.status === "fulfilled") {
      if (browser.value !== undefined) env["CHROME_BIN"] = browser.value;
    } else {
      cannotRun.add("browser");
      results.push(reportMissing("The browser tests cannot run", browser.reason));
    }
    if (stack.status === "fulfilled") {
      Object.assign(env, stackSettings(stack.value, stateFile));
      if (run.edgeDeno !== undefined) env["TEST_EDGE_DENO"] = run.edgeDeno;
    } else {
      // Without the stack only the tests beside the code can say anything.
      cannotRun.add("integration").add("floor").add("goals").add("chaos").add("browser");
      if (!signal.aborted) results.push(reportMissing("The stack did not start", stack.reason));
    }
    for (const group of groups) {
      if (signal.aborted) break;
      const paths = group.paths.filter(exists);
      if (cannotRun.has(group.name) || paths.length === 0) continue;
      const left = Math.max(0, deadline - performance.now());
      const limited = { ...group, paths, timeLimitMs: Math.min(group.timeLimitMs, left) };
      results.push(await runGroup(limited, { env, flags, signal }));
    }
  } finally {
    if (stack.status === "fulfilled") await stack.value.stop();
  }
  return results;
}

async function startTestStack({ dataDir, stateFile, signal, edgeDeno }: Run): Promise<Stack> {
  // Found once; the stack and every test take it from here.
  Deno.env.set("NATS_SERVER_BIN", await natsServerBinary({ say }));
  const options = { dataDir, stateFile, signal, say, shards, auditPermissions: true };
  return await startStack({ ...options, edgeDeno });
}

/** What the tests find in their environment. */
function stackSettings(stack: Stack, stateFile: string): Record<string, string> {
  return {
    TEST_EDGE_URL: stack.url,
    TEST_STREAMER_URL: stack.streamerUrl,
    TEST_NATS_URL: stack.natsUrl,
    TEST_EDGE_NATS_URL: stack.edgeNatsUrl,
    TEST_DATABASE_URL: stack.databaseUrl,
    TEST_OPS_TOKEN: stack.opsToken,
    TEST_DEV_JSON: stateFile,
    TEST_STREAM_SHARDS: `${shards}`,
  };
}

/** Repeats at the end what failed, where it is not looked for among the lines of all others. */
function sayFailures(results: readonly Result[]): void {
  for (const result of results) {
    if (!("failures" in result) || result.failures === "") continue;
    say(`\n${red(`✗ Failed ${result.name} tests`)}\n${result.failures}`);
  }
}

/** What a machine lacks is said in a sentence and counts as one failure; a defect keeps its stack. */
function reportMissing(what: string, reason: unknown): Counts {
  if (!(reason instanceof DevError)) throw reason;
  say(`${red(`✗ ${what}:`)} ${reason.message}`);
  return { passed: 0, failed: 1 };
}

/** A run that was killed hard leaves processes and data; the next one removes them. */
async function cleanUpKilledRuns(): Promise<void> {
  for await (const entry of Deno.readDir(testStateDir)) {
    const [, pid] = /^(\d+)\.json/.exec(entry.name) ?? [];
    if (pid === undefined || await isRunning(Number(pid), "dev/run_tests.ts")) continue;
    const path = `${testStateDir}/${pid}.json`;
    const state = await readState(path);
    await stopLeftovers(path, { say });
    if (state) await removeData(state.dataDir);
  }
}

async function removeData(dataDir: string): Promise<void> {
  await removePostgresHome(`${dataDir}/postgres`);
  await removeIfThere(dataDir);
}

/** The names in the folder of tests that are run against the stack. */
function integrationFiles(): string[] {
  return [...Deno.readDirSync(`${rootDir}/tests/integration`)].map(({ name }) => name);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(`${rootDir}/${path}`);
    return true;
  } catch (error) {
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return false;
    throw error;
  }
}

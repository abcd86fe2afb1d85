/**
 * `deno task dev`: the local stack with its data in `.runtime/`, restarted as the code changes,
 * until Ctrl-C or SIGTERM.
 */
import { dataPlaces } from "./_data_places.ts";
import { DevError, runTask, sentenceOf } from "./_error.ts";
import { abortRunning } from "./_exec.ts";
import { lastHolder, takeLock } from "./_lock.ts";
import { devStateFile, rootDir, runtimeDir } from "./_paths.ts";
import { portSetting, requireFree } from "./_ports.ts";
import { dim, duration, green, red, say } from "./_say.ts";
import { stopSignal } from "./_signals.ts";
import type { Affected } from "./_affected.ts";
import { buildAssets } from "./assets.ts";
import { migrate } from "./migrations.ts";
import { type Stack, startStack } from "./stack.ts";
import { readState, stopLeftovers } from "./state_file.ts";
import { watchSources } from "./watch.ts";

const defaultPort = 8_080;

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  const started = performance.now();
  const edgePort = portSetting("PORT") ?? defaultPort;
  using lock = await takeLock();
  if (!lock) throw await alreadyRunning();
  await stopLeftovers(devStateFile, { say });
  requireFree(edgePort, "PORT");
  using signal = stopSignal();
  signal.addEventListener("abort", () => {
    say("Stopping …");
    abortRunning();
  });
  let stack: Stack;
  try {
    stack = await startStack({
      dataDir: runtimeDir,
      stateFile: devStateFile,
      edgePort,
      natsUrl: Deno.env.get("NATS_URL"),
      databaseUrl: Deno.env.get("DATABASE_URL"),
      signal,
      say,
    });
  } catch (error) {
    // A build or a download may still run beside the part that failed.
    abortRunning();
    if (!signal.aborted) throw error;
    say("Stopped before everything was ready");
    return 0;
  }
  say("");
  say(
    `${green("▶")} Todo-1M is running at ${green(stack.url)} ${
      dim(`(started in ${duration(performance.now() - started)})`)
    }`,
  );
  say(dim("  Stop: Ctrl-C here, or `deno task down`. Logs: .runtime/logs/"));
  say("");
  const watch = watchSources(rootDir, (affected, paths) => apply(stack, { affected, paths }));
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  watch[Symbol.dispose]();
  await stack.stop();
  await watch.ended;
  say(`Stopped; the data is kept in ${await dataPlaces()}`);
  return 0;
}

/** Does what changed files ask for; a failure is shown and the stack goes on as it was. */
async function apply(
  stack: Stack,
  change: { affected: Affected; paths: string[] },
): Promise<void> {
  const { affected, paths } = change;
  const names = affected.restart.length > 0 ? `; restarting ${affected.restart.join(", ")}` : "";
  say(
    `${green("↻")} ${paths[0]}${paths.length > 1 ? ` and ${paths.length - 1} more` : ""}${names}`,
  );
  try {
    if (affected.migrate) await migrate(stack.databaseUrl);
    if (affected.rebuildAssets) await buildAssets();
  } catch (error) {
    if (!(error instanceof DevError)) throw error;
    say(`${red("✗")} ${error.message || sentenceOf(error)}`);
    return;
  }
  for (const name of affected.restart) stack.restart(name);
}

async function alreadyRunning(): Promise<DevError> {
  const [state, pid] = await Promise.all([readState(devStateFile), lastHolder()]);
  const where = state?.pid === pid && state ? ` at ${state.url}` : "";
  return new DevError(
    "already-running",
    `The stack of this checkout is already running${where} (pid ${pid}); stop it with: deno task down`,
  );
}

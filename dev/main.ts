/**
 * `deno task dev`: the local stack with its data in `.runtime/`, restarted as the code changes,
 * until Ctrl-C or SIGTERM. `--hosts N` runs N group hosts.
 */
import { hostsOption } from "./_arguments.ts";
import { dataPlaces } from "./_data_places.ts";
import { DevError, runTask } from "./_error.ts";
import { abortRunning } from "./_exec.ts";
import { lastHolder, takeLock } from "./_lock.ts";
import { devStateFile, rootDir, runtimeDir } from "./_paths.ts";
import { portSetting, requireFree } from "./_ports.ts";
import { dim, duration, green, say } from "./_say.ts";
import { stopSignal } from "./_signals.ts";
import { applyChange } from "./_apply_change.ts";
import { type Stack, startStack } from "./stack.ts";
import { readState, stopLeftovers } from "./state_file.ts";
import { watchSources } from "./watch.ts";

const defaultPort = 8_080;

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  const started = performance.now();
  const hosts = hostsOption(Deno.args);
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
      hosts,
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
  const watch = watchSources(
    rootDir,
    (affected, paths) => applyChange({ affected, paths }, { stack, say }),
  );
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  watch[Symbol.dispose]();
  await stack.stop();
  await watch.ended;
  say(`Stopped; the data is kept in ${await dataPlaces()}`);
  return 0;
}

async function alreadyRunning(): Promise<DevError> {
  const [state, pid] = await Promise.all([readState(devStateFile), lastHolder()]);
  const where = state?.pid === pid && state ? ` at ${state.url}` : "";
  return new DevError(
    "already-running",
    `The stack of this checkout is already running${where} (pid ${pid}); stop it with: deno task down`,
  );
}

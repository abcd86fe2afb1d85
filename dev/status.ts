/** `deno task status`: what runs, with pids, ports and readiness. Exit code 0 when all is ready. */
import { runTask } from "./_error.ts";
import { lastHolder } from "./_lock.ts";
import { devStateFile } from "./_paths.ts";
import { isRunning } from "./_process.ts";
import { green, red, say } from "./_say.ts";
import { opsTokenPath } from "./ops_token.ts";
import { isSupervisor, readState } from "./state_file.ts";
import type { ProcessRow } from "./process_spec.ts";

if (import.meta.main) await runTask(main);

async function main(): Promise<number> {
  const state = await readState(devStateFile);
  if (!state) {
    const pid = await lastHolder();
    const starting = pid !== undefined && await isSupervisor(pid);
    if (starting) say(`The stack is starting (pid ${pid})`);
    else say("Nothing is running; start with: deno task dev");
    return 1;
  }
  const supervised = await isSupervisor(state.pid);
  const rows = await Promise.all(state.processes.map(async (row) => ({
    row,
    condition: await conditionOf(row),
  })));
  say(`${state.url}  (supervisor pid ${state.pid}${supervised ? "" : ", killed"})`);
  for (const { row, condition } of rows) {
    const paint = condition === "ready" ? green : red;
    const cells = [row.name.padEnd(12), `${row.pid}`.padStart(8), `${row.port}`.padStart(6)];
    say(`  ${cells.join(" ")}  ${paint(condition.padEnd(9))} ${withoutPassword(row.url)}`);
  }
  say(`The admin API takes the token in ${opsTokenPath(state.dataDir)}`);
  if (!supervised) say("The supervisor was killed; clean up with: deno task down");
  return supervised && rows.every(({ condition }) => condition === "ready") ? 0 : 1;
}

async function conditionOf({ pid, match, url, port }: ProcessRow): Promise<string> {
  if (!await isRunning(pid, match)) return "gone";
  try {
    const signal = AbortSignal.timeout(2_000);
    if (url.startsWith("http")) {
      const response = await fetch(`${url}/readyz`, { signal });
      await response.body?.cancel();
      return response.status === 200 ? "ready" : "not ready";
    }
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port, signal });
    return "ready";
  } catch {
    return "silent";
  }
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password) url.password = "***";
  return url.href.replace(/\/$/, "");
}

/** Runs the real group host as a process of its own, so that tests can kill it at any moment. */
import { freePort, permissionFlags } from "../../dev/mod.ts";
import { until } from "./_until.ts";

export interface HostProcess extends AsyncDisposable {
  readonly pid: number;
  /** Ends it with `signal` and waits until it is gone. */
  kill(signal: Deno.Signal): Promise<Deno.CommandStatus>;
}

const READY_TIMEOUT_MS = 10_000;

/** Starts a host on the NATS server at `natsUrl`, with settings `env`, and waits until it is ready. */
export async function startHostProcess(
  natsUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<HostProcess> {
  const port = freePort();
  const settings = { NATS_URL: natsUrl, PORT: String(port), LOG_LEVEL: "error", ...env };
  const flags = ["-P=group-host", "--frozen", ...permissionFlags("group-host", settings)];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, "actors/host/main.ts"],
    env: settings,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let gone = false;
  const status = child.status.finally(() => gone = true);
  const kill = async (signal: Deno.Signal) => {
    if (!gone) child.kill(signal);
    return await status;
  };
  await until(async () => {
    if (gone) throw new Error("The host ended before it was ready");
    return await isReady(port);
  }, READY_TIMEOUT_MS);
  return {
    pid: child.pid,
    kill,
    [Symbol.asyncDispose]: async () => void await kill("SIGKILL"),
  };
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

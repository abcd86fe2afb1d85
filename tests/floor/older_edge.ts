/** The edge as a process on the older Deno. */
import type { OlderDeno } from "../../dev/mod.ts";
import { freePort, permissionFlags } from "../../dev/mod.ts";
import { eventually } from "../support/eventually.ts";

const HOST = "127.0.0.1";
const START_MS = 30_000;
/** Longest end of a log that is shown with a failure. */
const SHOWN_CHARS = 3_000;

/** As a process under its least permissions, or as Deno Deploy calls it, which gives all of them. */
export type Way = "process" | "deploy";

/** The arguments to `deno` that start the edge with these settings. */
async function commandOf(
  way: Way,
  settings: Readonly<Record<"HOST" | "PORT", string>>,
): Promise<string[]> {
  // The packages that the newer Deno has installed; the older one changes none of them.
  const given = ["--no-lock", "--node-modules-dir=manual", "--no-prompt"];
  if (way === "deploy") {
    const { HOST, PORT } = settings;
    return ["serve", ...given, "--allow-all", "--host", HOST, "--port", PORT, "edge/main.ts"];
  }
  const text = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const { permissions } = JSON.parse(text) as { permissions: { edge: { env: string[] } } };
  const variables = `--allow-env=${permissions.edge.env.join(",")}`;
  return ["run", ...given, variables, ...permissionFlags("edge", settings), "edge/serve.ts"];
}

/** A running edge. */
export interface OlderEdge extends AsyncDisposable {
  readonly url: string;
  /** What it logged so far. */
  readonly log: () => string;
  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number>;
}

/**
 * Starts the edge and resolves when it is ready.
 *
 * @throws {Error} with the end of its log when it does not get ready
 */
export async function startOlderEdge(
  deno: OlderDeno,
  options: { readonly way: Way; readonly settings: Readonly<Record<string, string>> },
): Promise<OlderEdge> {
  const port = freePort();
  const settings = { ...options.settings, HOST, PORT: `${port}` };
  const child = new Deno.Command(deno.path, {
    args: await commandOf(options.way, settings),
    cwd: new URL("../..", import.meta.url),
    env: { DENO_DIR: deno.cacheDir, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...settings },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const logged = Promise.all([child.stdout, child.stderr].map(async (stream) => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) text += chunk;
  }));
  let over = false;
  const status = child.status.then((status) => {
    over = true;
    return status;
  });
  const end = async (signal: Deno.Signal) => {
    if (!over) child.kill(signal);
    const { code } = await status;
    await logged;
    return code;
  };
  const url = `http://${HOST}:${port}`;
  try {
    await eventually(async () => over || await isReady(url), `the edge at ${url}`, START_MS);
    if (over) throw new Error("The edge ended at its start");
  } catch (error) {
    await end("SIGKILL");
    throw new Error(`The edge does not start:\n${text.slice(-SHOWN_CHARS)}`, { cause: error });
  }
  return {
    url,
    log: () => text,
    stop: () => end("SIGTERM"),
    [Symbol.asyncDispose]: async () => void await end("SIGKILL"),
  };
}

/** Whether the edge says that it can do its work. */
export async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.status === 200;
}

/**
 * The edge as a process of its own, under its permission set, with a NATS server and a database of its
 * own; and the few calls that tests make to it.
 */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import {
  applyStreams,
  connectNats,
  DEFAULT_STREAM_SETTINGS,
  type StreamSettings,
} from "../../actors/platform/mod.ts";
import {
  edgeCommand,
  freePort,
  type NatsServer,
  scratchDatabase,
  startNatsServer,
} from "../../dev/mod.ts";
import { until } from "./_until.ts";

/** Longest wait for what an edge does soon. */
export const PATIENCE_MS = 20_000;

/** The program that runs the edges of tests, as Deno Deploy does; the Deno of the tests when there is none. */
const olderDeno = Deno.env.get("TEST_EDGE_DENO");

/** Where edges reach the server: over WebSocket on Deno Deploy, which has nothing else. */
export function natsUrlOfEdge({ url, wsUrl }: NatsServer): string {
  return olderDeno === undefined ? url : wsUrl;
}

export interface Site {
  readonly url: string;
  readonly process: Deno.ChildProcess;
  readonly nats: NatsServer;
  readonly databaseUrl: string;
  /** What the process wrote so far. */
  readonly log: () => string;
}

/**
 * Starts an edge with `settings` besides those that all have.
 *
 * @param options `onPresentDeno`: whatever runs the other edges
 */
export async function spawnEdge(
  settings: Record<string, string>,
  options: { readonly onPresentDeno?: boolean } = {},
): Promise<{ url: string; process: Deno.ChildProcess; log: () => string; logged: Promise<void> }> {
  const port = freePort();
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const given = {
    ENVIRONMENT: "development",
    HOST: "127.0.0.1",
    PORT: `${port}`,
    COMMAND_DEADLINE_MS: "1000",
    ...(settings["SIGNING_KEY_FILE"] === undefined
      ? { SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)) }
      : {}),
    ...settings,
  };
  const { command, args, env } = edgeCommand(
    given,
    options.onPresentDeno ? undefined : olderDeno,
  );
  const process = new Deno.Command(command, {
    args: [...args],
    cwd: new URL("../..", import.meta.url),
    env,
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let text = "";
  const logged = (async () => {
    for await (const chunk of process.stderr.pipeThrough(new TextDecoderStream())) text += chunk;
  })();
  return { url: `http://127.0.0.1:${port}`, process, log: () => text, logged };
}

/** An edge with a NATS server and a database of its own; no group host, so nothing is ever decided. */
export async function withEdge(
  run: (site: Site) => Promise<void>,
  settings: Record<string, string> = {},
  streams: Partial<StreamSettings> = {},
): Promise<void> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-edge-test-" });
  try {
    await using database = await scratchDatabase(server);
    await using nats = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: nats.url, name: "test" });
    await applyStreams(connection, { ...DEFAULT_STREAM_SETTINGS, ...streams });
    await connection.close();
    const { logged, ...edge } = await spawnEdge({
      DATABASE_URL: database.url,
      NATS_URL: natsUrlOfEdge(nats),
      ...settings,
    });
    try {
      const { METRICS_PORT: port } = settings;
      const operators = port === undefined ? edge.url : `http://127.0.0.1:${port}`;
      await until(async () => (await status(`${operators}/readyz`)) === 200, PATIENCE_MS, edge.log);
      await run({ ...edge, nats, databaseUrl: database.url });
      assert.doesNotMatch(edge.log(), /"level":"(ERROR|FATAL)"/);
    } finally {
      await end(edge.process);
      await logged;
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/**
 * Like {@link withEdge}, with two more edges beside it, which share its key, NATS server and database.
 *
 * @param run `startAnother` starts one more, and answers its address when it is ready
 */
export async function withThreeEdges(
  run: (urls: readonly string[], startAnother: () => Promise<string>) => Promise<void>,
  settings: Record<string, string> = {},
): Promise<void> {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const shared = { ...settings, SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)) };
  await withEdge(async ({ url, nats, databaseUrl }) => {
    await using spawned = new AsyncDisposableStack();
    const start = async () => {
      const own = { ...shared, NATS_URL: natsUrlOfEdge(nats), DATABASE_URL: databaseUrl };
      const { url, process, log, logged } = await spawnEdge(own);
      spawned.defer(async () => {
        await end(process);
        await logged;
      });
      await until(async () => await status(`${url}/readyz`) === 200, PATIENCE_MS, log);
      return url;
    };
    await run([url, ...await Promise.all([start(), start()])], start);
  }, shared);
}

async function end(process: Deno.ChildProcess): Promise<void> {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    // It has ended already.
    if (!(error instanceof TypeError)) throw error;
  }
  await process.status;
}

export async function status(url: string, init: RequestInit = {}): Promise<number> {
  try {
    const response = await fetch(url, init);
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    if (error instanceof TypeError) return 0;
    throw error;
  }
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, string>;
}

/** A request that posts `body` as JSON. */
export function posted(body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

export async function post(url: string, body: unknown, token?: string): Promise<Reply> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, posted(body, headers));
  return { status: response.status, headers: response.headers, body: await response.json() };
}

export async function tokenOf(url: string): Promise<string> {
  const answer = await post(`${url}/api/v1/auth/register`, {
    username: `ana${Math.random().toString(36).slice(2)}`,
    password: "correct horse",
  });
  assert.equal(answer.status, 201);
  return answer.body["token"] ?? "";
}

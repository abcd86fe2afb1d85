/** What the edge does while what it depends on hangs: answers in time, honestly, and comes back by itself. */
import assert from "node:assert/strict";
import { applyStreams, connectNats } from "../../actors/platform/mod.ts";
import { scratchDatabase, startNatsServer } from "../../dev/mod.ts";
import {
  natsUrlOfEdge,
  PATIENCE_MS,
  post,
  posted,
  spawnEdge,
  status,
  tokenOf,
} from "./_edge_process.ts";
import { Relay } from "./_relay.ts";
import { until } from "./_until.ts";

interface Site {
  readonly url: string;
  readonly token: string;
  readonly postgres: Relay;
  readonly nats: Relay;
  /** What the edge wrote so far. */
  readonly log: () => string;
}

/** An edge that reaches Postgres and NATS through relays; no host, so commands are stored and wait. */
async function withRelays(
  run: (site: Site) => Promise<void>,
  settings: Record<string, string> = {},
): Promise<void> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-outage-test-" });
  try {
    await using database = await scratchDatabase(server);
    await using natsServer = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: natsServer.url, name: "test" });
    await applyStreams(connection);
    await connection.close();
    await using postgres = relayTo(database.url);
    await using nats = relayTo(natsUrlOfEdge(natsServer));
    const edge = await spawnEdge({
      DATABASE_URL: through(postgres, database.url),
      NATS_URL: through(nats, natsUrlOfEdge(natsServer)),
      ...settings,
    });
    try {
      await until(async () => await status(`${edge.url}/readyz`) === 200, PATIENCE_MS, edge.log);
      await run({ url: edge.url, token: await tokenOf(edge.url), postgres, nats, log: edge.log });
    } finally {
      edge.process.kill("SIGKILL");
      await edge.process.status;
      await edge.logged;
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

function relayTo(url: string): Relay {
  const { hostname, port } = new URL(url);
  return new Relay({ hostname, port: Number(port) });
}

function through(relay: Relay, url: string): string {
  const changed = new URL(url);
  changed.hostname = "127.0.0.1";
  changed.port = `${relay.port}`;
  return changed.href;
}

interface Timed {
  readonly status: number;
  readonly ms: number;
  readonly text: string;
}

async function timed(
  url: string,
  token: string,
  { headers = {}, ...init }: Omit<RequestInit, "headers"> & {
    readonly headers?: Record<string, string>;
  } = {},
): Promise<Timed> {
  const startedAt = performance.now();
  const answer = await fetch(url, {
    ...init,
    headers: { ...headers, authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await answer.text();
  return { status: answer.status, ms: performance.now() - startedAt, text };
}

function command(url: string, token: string): Promise<Timed> {
  const create = { type: "group.create", payload: { name: "Meanwhile" } };
  return timed(`${url}/api/v1/command`, token, posted(create));
}

function assertAway({ status, text }: Timed): void {
  assert.equal(status, 503, text);
  assert.equal(JSON.parse(text).code, "unavailable");
}

async function circuit(url: string, dependency: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split("\n").find((one) =>
    one.startsWith("tf_circuit_state{") && one.includes(`dependency="${dependency}"`)
  );
  return Number(line?.split(" ")[1]);
}

Deno.test("while Postgres hangs, reads say so in time and then at once, commands go on, and it comes back by itself", () =>
  withRelays(async ({ url, token, postgres }) => {
    const groups = `${url}/api/v1/groups`;
    assert.equal((await timed(groups, token)).status, 200);
    assert.equal(await circuit(url, "postgres"), 0);
    postgres.hush();
    const first = await Promise.all(Array.from({ length: 6 }, () => timed(groups, token)));
    for (const answer of first) {
      assertAway(answer);
      assert.ok(answer.ms < 5_000, `${answer.ms} ms`);
    }
    const next = await timed(groups, token);
    assertAway(next);
    assert.ok(next.ms < 500, `${next.ms} ms`);
    assert.notEqual(await circuit(url, "postgres"), 0);
    const sent = await command(url, token);
    assert.equal(sent.status, 202, sent.text);
    assert.equal(await status(`${url}/.well-known/jwks.json`), 200);
    assert.equal(await status(`${url}/readyz`), 200);

    postgres.resume();
    await until(async () => (await timed(groups, token)).status === 200, PATIENCE_MS);
    assert.equal(await circuit(url, "postgres"), 0);
  }));

Deno.test("while Postgres hangs, whatever needs it is bounded, also what writes, and counts against it", () =>
  withRelays(async ({ url, token, postgres }) => {
    const account = { username: `ana${crypto.randomUUID().slice(0, 8)}`, password: "eight chars" };
    const { body: { refresh_token } } = await post(`${url}/api/v1/auth/register`, account);
    const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
      timed(url + path, token, posted(body, headers));
    const create = { type: "group.create", payload: { name: "Meanwhile" } };
    const commands = [
      () =>
        send("/api/v1/command", {
          type: "member.add",
          group_id: "g1",
          payload: { user_id: "ben" },
        }),
    ];
    const others = [
      () => send("/api/v1/groups/g1/members", { username: "ben", role: "member" }),
      () => send("/api/v1/auth/refresh", { refresh_token }),
      () => send("/api/v1/auth/login", account),
      () => send("/api/v1/auth/register", { ...account, username: `${account.username}x` }),
      () => send("/api/tasks", { title: "Flowers", board_id: 1 }),
    ];
    postgres.hush();
    const [ofCommands, ofOthers] = await Promise.all([
      Promise.all(commands.map((one) => one())),
      Promise.all(others.map((one) => one())),
    ]);
    for (const answer of ofCommands) {
      assertAway(answer);
      assert.ok(answer.ms < 2_500, `${answer.ms} ms`);
    }
    for (const answer of ofOthers) {
      assertAway(answer);
      assert.ok(answer.ms < 5_000, `${answer.ms} ms`);
    }
    const told = (answer: Timed) => JSON.parse(answer.text).detail as string;
    for (const answer of ofCommands) assert.match(told(answer), /^What this command .* not sent/);
    const ofAccounts = ofOthers.filter((_, index) => index >= 1 && index <= 3);
    for (const answer of ofAccounts) assert.match(told(answer), /^Accounts and sessions are not /);
    assert.notEqual(await circuit(url, "postgres"), 0);
    assert.equal((await command(url, token)).status, 202, "a command that needs nothing of it");
    const keyed = () => send("/api/v1/command", create, { "idempotency-key": "while it hangs" });
    const ids = [await keyed(), await keyed()].map(({ status, text }) => {
      assert.equal(status, 202, text);
      return JSON.parse(text).command_id as string;
    });
    assert.equal(ids[0], ids[1], "nor do keys need it");

    postgres.resume();
    const login = async () => (await send("/api/v1/auth/login", account)).status === 200;
    await until(login, PATIENCE_MS);
    assert.equal(await circuit(url, "postgres"), 0);
  }));

Deno.test("while NATS hangs, commands are not known to be stored, then refused at once, reads go on, and it comes back", () =>
  withRelays(async ({ url, token, nats }) => {
    assert.equal((await command(url, token)).status, 202);
    nats.hush();
    const first = await Promise.all(Array.from({ length: 6 }, () => command(url, token)));
    for (const { status, text, ms } of first) {
      assert.equal(status, 504, text);
      assert.equal(JSON.parse(text).code, "outcome-unknown");
      assert.ok(ms < 2_500, `${ms} ms`);
    }
    const next = await command(url, token);
    assertAway(next);
    assert.ok(next.ms < 500, `${next.ms} ms`);
    assert.notEqual(await circuit(url, "nats"), 0);
    assert.equal((await timed(`${url}/api/v1/groups`, token)).status, 200);

    nats.resume();
    await until(async () => (await command(url, token)).status === 202, PATIENCE_MS);
    assert.equal(await circuit(url, "nats"), 0);
  }));

Deno.test("while NATS hangs, commands with keys are refused in time, then at once, and come back", () =>
  withRelays(async ({ url, token, nats }) => {
    const keyed = () =>
      timed(
        `${url}/api/v1/command`,
        token,
        posted(
          { type: "group.create", payload: { name: "Meanwhile" } },
          { "idempotency-key": `key ${crypto.randomUUID()}` },
        ),
      );
    assert.equal((await keyed()).status, 202);
    nats.hush();
    for (const answer of await Promise.all(Array.from({ length: 6 }, keyed))) {
      assertAway(answer);
      assert.match(answer.text, /Idempotency-Key cannot be looked up/);
      assert.ok(answer.ms < 2_000, `${answer.ms} ms`);
    }
    assert.notEqual(await circuit(url, "nats"), 0);
    for (const ask of [keyed, () => command(url, token)]) {
      // Now and then one is let through, to see whether NATS is back.
      await until(async () => {
        const next = await ask();
        return next.status === 503 && next.ms < 500;
      }, PATIENCE_MS);
    }

    nats.resume();
    await until(async () => (await keyed()).status === 202, PATIENCE_MS);
    assert.equal(await circuit(url, "nats"), 0);
  }));

Deno.test("while NATS hangs, reads that wait for a version end in time and say nothing against Postgres", () =>
  withRelays(async ({ url, token, nats }) => {
    const waiting = `${url}/api/v1/todos?group_id=g1&min_version=99`;
    assert.equal((await timed(`${url}/api/v1/groups`, token)).status, 200);
    nats.hush();
    for (let round = 0; round < 2; round++) {
      for (
        const answer of await Promise.all(Array.from({ length: 6 }, () => timed(waiting, token)))
      ) {
        assert.equal(JSON.parse(answer.text).code, "projection-lag");
        assert.ok(answer.ms < 2_900, `${answer.ms} ms`);
      }
    }
    assert.equal((await timed(`${url}/api/v1/groups`, token)).status, 200);
    assert.equal(await circuit(url, "postgres"), 0);
    await until(async () => await circuit(url, "nats") === 2, PATIENCE_MS);

    nats.resume();
    await until(async () => await circuit(url, "nats") === 0, PATIENCE_MS);
  }));

Deno.test("while NATS hangs, what operators ask of it is not available, and that is no defect of the edge", () => {
  const operator = "an-ops-token-of-more-than-32-characters";
  return withRelays(async ({ url, nats, log }) => {
    const paths = ["dead-letters", "dead-letters/1", "partitions"]
      .map((path) => `${url}/api/v1/admin/${path}`);
    nats.hush();
    for (
      const answer of await Promise.all(
        [...paths, ...paths].map((path) => timed(path, operator)),
      )
    ) {
      assertAway(answer);
      assert.ok(answer.ms < 2_000, `${answer.ms} ms`);
    }
    const next = await timed(paths[0] ?? "", operator);
    assertAway(next);
    assert.ok(next.ms < 500, `${next.ms} ms`);
    assert.notEqual(await circuit(url, "nats"), 0);
    assert.doesNotMatch(log(), /Unexpected failure/);
    nats.resume();
    await until(async () => (await timed(paths[0] ?? "", operator)).status === 200, PATIENCE_MS);
  }, { OPS_TOKEN: operator });
});

Deno.test("a login while Postgres is away is told to come back, and is possible then", () =>
  withRelays(async ({ url, postgres }) => {
    const account = {
      username: `ana${Math.random().toString(36).slice(2)}`,
      password: "eight chars",
    };
    assert.equal((await post(`${url}/api/v1/auth/register`, account)).status, 201);
    postgres.cut();
    const refused = await post(`${url}/api/v1/auth/login`, account);
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    postgres.resume();
    const login = async () => (await post(`${url}/api/v1/auth/login`, account)).status;
    await until(async () => await login() === 200, PATIENCE_MS);
  }));

/** What a client hears of a command that its owner has set aside, over outcomes that are made up here. */
import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import {
  connectPostgres,
  createMetrics,
  logger,
  TrustedProxies,
} from "../../actors/platform/mod.ts";
import { KeptLog } from "../../actors/platform/testing/mod.ts";
import { newId, type Problem } from "../../actors/protocol/mod.ts";
import { createEdge } from "../app.ts";
import { RateLimiter, Telemetry } from "../http/mod.ts";
import { documented } from "../openapi/mod.ts";
import { RecentVersions } from "../reads/mod.ts";
import type { Refusal } from "./kept_refusals.ts";
import type { Sent } from "./mailbox.ts";
import { RecentRefusals } from "./recent_refusals.ts";
import { commandRoutes } from "./routes.ts";
import { CommandSender, type OutcomeLabel } from "./sender.ts";
import type { Waiting } from "./waiting.ts";

const SET_ASIDE: Problem = {
  code: "internal",
  detail: "The command could not be decided and was set aside",
};

interface Known {
  waiting?: Waiting | undefined;
  refusal?: Refusal;
  isMember?: boolean;
}

/** An edge whose commands are all set aside, until `projected` says what became of them after all. */
async function withEdge(
  run: (site: {
    readonly send: (method: string, path: string, body?: object) => Promise<Response>;
    readonly counted: readonly OutcomeLabel[];
    readonly projected: Map<string, string>;
    readonly logged: readonly LogRecord[];
    readonly limited: readonly string[];
  }) => Promise<void>,
  { limit = 0, sent = () => ({ kind: "rejected", problem: SET_ASIDE }), known = {} }: {
    readonly limit?: number;
    /** What becomes of the next command. */
    readonly sent?: () => Sent;
    /** What all edges know of a command. */
    readonly known?: Known;
  } = {},
): Promise<void> {
  using kept = new KeptLog("warning");
  const { records: logged } = kept;
  const counted: OutcomeLabel[] = [];
  const limited: string[] = [];
  const onLimited = (policy: string) => limited.push(policy);
  const projected = new Map<string, string>();
  const recent = new RecentRefusals();
  const quota = new RateLimiter("test", { limit, windowSeconds: 60 }, { now: () => 0 });
  // Connects when it is asked for something, which nobody does here.
  const sql = connectPostgres("postgres://127.0.0.1:1/none", { name: "test" });
  const caller = { userId: "ana", username: "ana", sessionId: "s", expiresAt: Infinity };
  const edge = createEdge({
    routes: documented(commandRoutes({
      sender: new CommandSender({
        mailbox: { send: () => Promise.resolve(sent()) },
        versions: new RecentVersions(),
        recent,
        kept: { keep: () => assert.fail("nothing comes late") },
        current: () => Promise.resolve(undefined),
        keys: { commandId: (field) => Promise.resolve(field) },
        onOutcome: (outcome) => counted.push(outcome),
      }),
      outcomes: {
        locate: ({ commandId }) => {
          const place = projected.has(commandId) ? { shard: 0, sequence: 1 } : undefined;
          return Promise.resolve({ version: 1, isMember: known.isMember ?? true, place });
        },
        read: (_place, { commandId }) => Promise.resolve(projected.get(commandId)),
      },
      waiting: { find: () => Promise.resolve(known.waiting) },
      kept: { find: () => Promise.resolve(known.refusal) },
      logVersion: () => Promise.resolve(1),
      recent,
      consistency: { readGroup: (read) => read(), catchUp: () => Promise.resolve([]) },
      sql,
      quota,
      readQuota: quota,
      onLimited,
    })),
    authenticate: () => Promise.resolve(caller),
    proxies: new TrustedProxies([]),
    onLimited,
    corsOrigins: [],
    telemetry: new Telemetry(createMetrics("test"), logger("edge")),
    log: logger("edge"),
  });
  const send = (method: string, path: string, body?: object) => {
    const init = body ? { method, body: JSON.stringify(body) } : { method };
    const headers = { "content-type": "application/json" };
    return edge(new Request(`http://edge${path}`, { ...init, headers }), "203.0.113.7");
  };
  try {
    await run({ send, counted, projected, logged, limited });
  } finally {
    await sql.end();
  }
}

async function assertSetAside(answer: Response): Promise<void> {
  assert.equal(answer.status, 500);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  const { code, status, detail, retryable } = await answer.json() as Record<string, unknown>;
  assert.deepEqual({ code, status, detail, retryable }, {
    ...SET_ASIDE,
    status: 500,
    retryable: false,
  });
}

Deno.test("a command that was set aside is answered so in both dialects, as no failure of the edge", () =>
  withEdge(async ({ send, counted, logged }) => {
    const group_id = "g1";
    const native = { type: "todo.create", group_id, payload: { title: "Flowers" } };
    const todo1m = { action: "create-todo", group_id, title: "Flowers" };
    for (const body of [native, todo1m]) {
      await assertSetAside(await send("POST", "/api/v1/command", body));
    }
    assert.deepEqual(counted, ["rejected", "rejected"]);
    assert.deepEqual(logged.map(({ level }) => level), ["warning", "warning"]);
    const told = logged.map(({ message }) => message.join(""));
    assert.ok(told.every((text) => /api\/v1\/command"?: 500/.test(text)), told.join(" | "));
  }));

Deno.test("whoever asks for it later hears that it was set aside, until it is committed after all", () =>
  withEdge(async ({ send, projected, logged }) => {
    const command_id = newId();
    const body = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
    await assertSetAside(await send("POST", "/api/v1/command", { command_id, ...body }));
    const path = `/api/v1/commands/${command_id}?group_id=g1`;
    await assertSetAside(await send("GET", path));
    assert.equal((await send("GET", path.replace("g1", "g2"))).status, 404);
    const outcome = JSON.stringify({ status: "committed", command_id, version: 2 });
    projected.set(command_id, outcome);
    const answer = await send("GET", path);
    assert.deepEqual([answer.status, await answer.text()], [200, outcome]);
    assert.ok(logged.every(({ level }) => level === "warning"));
  }));

Deno.test("a command that was rejected is pending again when it was sent again since, else it is not", async () => {
  const known: Known = {};
  await withEdge(async ({ send }) => {
    const path = `/api/v1/commands/${newId()}?group_id=g1`;
    const told = async () => {
      const answer = await send("GET", path);
      const { code, status, detail } = await answer.json() as Record<string, unknown>;
      return [answer.status, code ?? status, detail];
    };
    known.waiting = { storedAtMs: 100 };
    assert.deepEqual(await told(), [202, "pending", undefined]);
    const problem = { code: "forbidden", detail: "No" } as const;
    known.refusal = { problem, keptAtMs: 101 };
    assert.deepEqual(
      await told(),
      [403, "forbidden", "No"],
      "its owner has not said how far it is",
    );
    known.waiting = { storedAtMs: 102 };
    assert.deepEqual(await told(), [202, "pending", undefined]);
    known.waiting = undefined;
    assert.deepEqual(await told(), [403, "forbidden", "No"]);
  }, { known });
});

Deno.test("of a command without effect members hear that, and others that they are not told", async () => {
  for (const [isMember, words] of [[true, /has had no effect/], [false, /members only/]] as const) {
    await withEdge(async ({ send }) => {
      const answer = await send("GET", `/api/v1/commands/${newId()}?group_id=g1`);
      const { code, detail } = await answer.json() as Record<string, unknown>;
      assert.equal(code, "not-found");
      assert.match(String(detail), words);
    }, { known: { isMember } });
  }
});

Deno.test("a list takes as many requests out of the quota as it has commands, and is told what is left, or when to come back", () =>
  withEdge(async ({ send, limited }) => {
    const command = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
    const post = (count: number) =>
      send("POST", "/api/v1/commands", { commands: Array.from({ length: count }, () => command) });
    const taken = await post(6);
    assert.equal(taken.status, 200);
    assert.equal(taken.headers.get("ratelimit"), '"test";r=4;t=36');
    assert.deepEqual(limited, []);
    const refused = await post(8);
    assert.deepEqual(
      ["retry-after", "ratelimit", "ratelimit-policy"].map((name) => refused.headers.get(name)),
      ["30", '"test";r=3;t=30', '"test";q=10;w=60'],
    );
    const { status, detail } = await refused.json() as Record<string, unknown>;
    assert.equal(status, 429);
    assert.equal(
      detail,
      "Too many at once: 3 would be taken now, all of these in 30 seconds",
    );
    assert.deepEqual(limited, ["test"]);
    assert.equal((await post(3)).status, 200, "so many are");
  }, { limit: 10 }));

Deno.test("a list that is longer than the whole quota is told so, and not to come back", () =>
  withEdge(async ({ send, limited }) => {
    const command = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
    const post = (count: number) =>
      send("POST", "/api/v1/commands", { commands: Array.from({ length: count }, () => command) });
    const refused = await post(11);
    assert.equal(refused.status, 413);
    assert.equal(refused.headers.get("retry-after"), null);
    const { code, detail, retryable, errors } = await refused.json() as Record<string, unknown>;
    assert.deepEqual([code, retryable], ["too-large", false]);
    assert.match(String(detail), /^11 commands never fit the quota "test" .* "test";q=10;w=60/);
    assert.deepEqual((errors as { pointer: string }[]).map(({ pointer }) => pointer), [
      "/commands",
    ]);
    assert.deepEqual(limited, []);
  }, { limit: 10 }));

Deno.test("a list that is as long as the whole quota is taken from who has sent nothing", () =>
  withEdge(async ({ send }) => {
    const command = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
    const commands = Array.from({ length: 10 }, () => command);
    const answer = await send("POST", "/api/v1/commands", { commands });
    assert.deepEqual([answer.status, answer.headers.get("ratelimit")], [200, '"test";r=0;t=60']);
  }, { limit: 10 }));

Deno.test("a list of which nothing could be sent is a problem as a whole, with the outcome of each command", async () => {
  const refused: Sent = {
    kind: "refused",
    problem: { code: "unavailable", detail: "The mailbox cannot be reached" },
  };
  const unknown: Sent = { kind: "unknown" };
  const stored: Sent = { kind: "stored" };
  const ids = [newId(), newId()];
  const commands = [
    ...ids.map((command_id) => (
      { command_id, type: "todo.create", group_id: "g1", payload: { title: "Flowers" } }
    )),
    "no command",
  ];
  const cases: readonly (readonly [readonly Sent[], number, string | undefined])[] = [
    [[refused, refused], 503, "unavailable"],
    [[unknown, unknown], 504, "outcome-unknown"],
    [[refused, unknown], 504, "outcome-unknown"],
    [[unknown, stored], 200, undefined],
    [[refused, { kind: "rejected", problem: SET_ASIDE }], 200, undefined],
  ];
  for (const [kinds, status, code] of cases) {
    const left = [...kinds];
    const sent = () => left.shift() ?? assert.fail("more are sent than there are");
    await withEdge(async ({ send }) => {
      const answer = await send("POST", "/api/v1/commands", { commands });
      const body = await answer.json();
      assert.deepEqual([answer.status, body.code], [status, code]);
      assert.equal(answer.headers.get("retry-after"), status === 200 ? null : "1");
      assert.equal(body.outcomes.length, 3);
      assert.deepEqual(
        body.outcomes.slice(0, 2).map((one: { status: string; command_id: string }) => [
          one.status,
          one.command_id,
        ]),
        kinds.map(({ kind }, index) => [kind === "stored" ? "accepted" : kind, ids[index]]),
      );
    }, { sent, limit: 100 });
  }
  await withEdge(async ({ send }) => {
    const answer = await send("POST", "/api/v1/commands", { commands: ["no command"] });
    assert.equal(answer.status, 200, "nothing was wrong with the mailbox");
    await answer.body?.cancel();
  });
});

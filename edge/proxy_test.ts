/** What the proxy passes on and what it keeps, with a streamer played by the test. */
import assert from "node:assert/strict";
import { ProblemError } from "../actors/protocol/mod.ts";
import { createMetrics, logger, pause, TrustedProxies } from "../actors/platform/mod.ts";
import { createEdge } from "./app.ts";
import { RateLimiter, Telemetry } from "./http/mod.ts";
import { documented } from "./openapi/mod.ts";
import { streamRoutes } from "./proxy.ts";
import { type Dependency, streamer as streamerAway } from "./resilience/mod.ts";

interface Seen {
  readonly search: string;
  readonly headers: Headers;
}

/** The fields of a request for a WebSocket. */
const OPENING = {
  "upgrade": "websocket",
  "connection": "Upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};

/** Sends one request, a GET unless told otherwise, through a proxy; `seen` is what arrived at the streamer. */
async function through(
  path: string,
  headers: Record<string, string> = {},
  options: { queryToken?: boolean; method?: string; answer?: Record<string, string> } = {},
): Promise<
  {
    status: number;
    headers: Headers;
    code: string | undefined;
    seen: Seen | undefined;
    user: unknown;
  }
> {
  const lines: string[] = [];
  let seen: Seen | undefined;
  await using streamer = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (r) => {
    seen = { search: new URL(r.url).search, headers: r.headers };
    return Response.json({}, { headers: options.answer ?? {} });
  });
  const edge = edgeBefore(`http://127.0.0.1:${streamer.addr.port}`, { ...options, lines });
  const method = options.method ?? "GET";
  const answer = await edge(new Request(`http://edge${path}`, { headers, method }), "127.0.0.1");
  const { code } = await answer.json();
  const { user_id } = JSON.parse(lines[0] ?? "{}");
  if (seen) assert.equal(seen.headers.get("request-id"), answer.headers.get("request-id"));
  return { status: answer.status, headers: answer.headers, code, seen, user: user_id };
}

/** An edge that passes on to the streamer at `url`. */
function edgeBefore(url: string, options: {
  readonly lines?: string[];
  readonly queryToken?: boolean;
  readonly circuit?: Dependency;
  readonly answerMs?: number;
} = {}) {
  const { lines = [], circuit = streamerAway(), answerMs = 5_000 } = options;
  const proxies = new TrustedProxies([]);
  const log = logger("edge.test");
  return createEdge({
    routes: documented(streamRoutes({
      url,
      streamer: circuit,
      answerMs,
      proxies: new TrustedProxies(["127.0.0.1"]),
      checkToken: (token) => {
        if (token !== "b") {
          throw new ProblemError({ code: "unauthenticated", detail: "invalid token" });
        }
        return { userId: "bea-id", username: "bea", sessionId: "s", expiresAt: Infinity };
      },
      queryToken: options.queryToken ?? true,
      signal: new AbortController().signal,
    })),
    authenticate: () => assert.fail("the streamer asks for the token, not the proxy"),
    proxies,
    publicQuota: new RateLimiter("public", { limit: 9, windowSeconds: 60 }),
    onLimited: () => {},
    corsOrigins: [],
    telemetry: new Telemetry(createMetrics("test"), log, {
      add: (line) => void lines.push(line),
    }),
    log,
  });
}

Deno.test("a token in the query goes on in the header, and only there", async () => {
  for (
    const path of ["/events?group_id=g&token=a.b-c_d&since=x", "/events/disconnect?token=a.b-c_d"]
  ) {
    const { status, seen } = await through(path);
    assert.equal(status, 200);
    assert.equal(seen?.headers.get("authorization"), "Bearer a.b-c_d");
    assert.doesNotMatch(seen?.search ?? "token", /token|a\.b/);
  }
  const { seen } = await through("/events?group_id=g&token=a&since=x");
  assert.equal(seen?.search, "?group_id=g&since=x");
});

Deno.test("a token in the header counts before one in the query", async () => {
  const { seen } = await through("/events?group_id=g&token=a", { authorization: "Bearer b" });
  assert.equal(seen?.headers.get("authorization"), "Bearer b");
  assert.equal(seen?.search, "?group_id=g");
});

Deno.test("what cannot stand in a header is no token", async () => {
  for (const token of ["a%0d%0ab", "a%20b", "%C3%A4"]) {
    const { status, code, seen } = await through(`/events?group_id=g&token=${token}`);
    assert.deepEqual([status, code, seen], [401, "unauthenticated", undefined], token);
  }
});

Deno.test("where tokens are not taken from the query it is left to the streamer to say so", async () => {
  const { seen } = await through("/events?group_id=g&token=a", {}, { queryToken: false });
  assert.equal(seen?.headers.has("authorization"), false);
  assert.equal(seen?.search, "?group_id=g&token=a");
});

Deno.test("fields the streamer does not read stay behind, a cookie first of all", async () => {
  const { seen } = await through("/events?group_id=g", {
    "cookie": "todo1m_refresh=secret",
    "sec-fetch-site": "same-origin",
    "last-event-id": "7",
    "accept": "text/event-stream",
  });
  assert.equal(seen?.headers.has("cookie"), false);
  assert.equal(seen?.headers.has("sec-fetch-site"), false);
  assert.equal(seen?.headers.get("last-event-id"), "7");
  assert.equal(seen?.headers.get("accept"), "text/event-stream");
});

Deno.test("the streamer is told the one address that is the client's", async () => {
  const forwarded = { "x-forwarded-for": "6.6.6.6, 198.51.100.1" };
  const { seen } = await through("/events?group_id=g", forwarded);
  assert.equal(seen?.headers.get("x-forwarded-for"), "198.51.100.1");
  const direct = await through("/events?group_id=g");
  assert.equal(direct.seen?.headers.get("x-forwarded-for"), "127.0.0.1");
});

Deno.test("a query of more than 8 KB is refused with a problem", async () => {
  const fits = `?group_id=${"g".repeat(8 * 1024 - 10)}`;
  assert.equal((await through(`/events${fits}`)).status, 200);
  const { status, code, seen } = await through(`/events${fits}g`);
  assert.deepEqual([status, code, seen], [400, "malformed", undefined]);
});

Deno.test("the answer tells of the streamer's quota where one applied, else of that of public routes", async () => {
  const { headers } = await through("/api/v1/tickets", {}, {
    method: "POST",
    answer: { "ratelimit-policy": '"tickets";q=60;w=60', "ratelimit": '"tickets";r=59;t=1' },
  });
  assert.equal(headers.get("ratelimit-policy"), '"tickets";q=60;w=60');
  assert.equal(headers.get("ratelimit"), '"tickets";r=59;t=1');
  const policy = '"streams";q=6;qu="concurrent-requests"';
  const stream = await through("/events?group_id=g", {}, {
    answer: { "ratelimit-policy": policy, "ratelimit": '"streams";r=5' },
  });
  assert.equal(stream.headers.get("ratelimit-policy"), policy);
  assert.equal(stream.headers.get("ratelimit"), '"streams";r=5');
  const other = await through("/events/disconnect");
  assert.equal(other.headers.get("ratelimit-policy"), '"public";q=9;w=60');
});

Deno.test("the body of a request whose operation has none is not read, whatever it is", async () => {
  let seen: string | undefined;
  await using streamer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (r) => {
      seen = await r.text();
      return Response.json({}, { status: 201 });
    },
  );
  const edge = edgeBefore(`http://127.0.0.1:${streamer.addr.port}`);
  const ask = async (method: string, path: string, body: BodyInit, type: string) => {
    const headers = { "content-type": type };
    const request = new Request(`http://edge${path}`, { method, headers, body });
    const answer = await edge(request, "127.0.0.1");
    await answer.body?.cancel();
    return answer.status;
  };
  const hanging = new ReadableStream();
  for (const body of ["text", "{", "x".repeat(100_000), hanging]) {
    assert.equal(await ask("POST", "/api/v1/tickets", body, "text/plain"), 201);
    assert.equal(seen, "");
  }
  assert.equal(await ask("PUT", "/events/presence", "text", "text/plain"), 415);
  assert.equal(await ask("PUT", "/events/presence", "{}", "application/json"), 201);
  assert.equal(seen, "{}");
});

Deno.test("the line of a request for a stream names the user", async () => {
  const { user } = await through("/events?group_id=g", { authorization: "Bearer b" });
  assert.equal(user, "bea-id");
  assert.equal((await through("/events?group_id=g&token=b")).user, "bea-id");
  assert.equal((await through("/events?group_id=g&token=other")).user, undefined);
});

Deno.test("a streamer that does not answer is given up in time, then not asked, and found back", async () => {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  let isStopped = true;
  const answer = async () => {
    asked++;
    if (isStopped) await gate.promise;
    return Response.json({});
  };
  await using streamer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    answer,
  );
  const circuit = streamerAway();
  const options = { circuit, answerMs: 150 };
  const edge = edgeBefore(`http://127.0.0.1:${streamer.addr.port}`, options);
  const ask = async (method: string, path: string, fields: Record<string, string> = {}) => {
    const body = method === "PUT" || method === "POST" ? "{}" : null;
    const headers = { ...(body ? { "content-type": "application/json" } : {}), ...fields };
    const startedAt = performance.now();
    const request = new Request(`http://edge${path}`, { method, headers, body });
    const { status, headers: told, body: rest } = await edge(request, "127.0.0.1");
    await rest?.cancel();
    const ms = performance.now() - startedAt;
    return { status, ms, retryAfter: Number(told.get("retry-after")) };
  };
  try {
    const answers = await Promise.all([
      ask("GET", "/events?group_id=g"),
      ask("POST", "/api/v1/tickets"),
      ask("GET", "/ws", OPENING),
      ask("DELETE", "/events/disconnect"),
      ask("PUT", "/events/presence"),
    ]);
    for (const { status, ms, retryAfter } of answers) {
      assert.equal(status, 503);
      assert.ok(retryAfter > 0);
      assert.ok(ms < 2_000, `${ms} ms`);
    }
    assert.deepEqual([circuit.state, circuit.turnedAway.late], [2, 5]);
    const before = asked;
    assert.equal((await ask("GET", "/events?group_id=g")).status, 503);
    assert.deepEqual([asked, circuit.turnedAway.refused], [before, 1]);
    isStopped = false;
    for (let wait = 0; wait < 100 && circuit.state !== 0; wait++) {
      await pause(50);
      await ask("GET", "/events?group_id=g");
    }
    assert.equal(circuit.state, 0);
  } finally {
    gate.resolve();
  }
});

Deno.test("a streamer that is not there counts as unreachable, who leaves before its answer does not", async () => {
  const circuit = streamerAway();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const events = (signal?: AbortSignal) =>
    edgeBefore(url, { circuit })(
      new Request("http://edge/events?group_id=g", signal ? { signal } : {}),
      "127.0.0.1",
    );
  const left = await events(AbortSignal.abort());
  await left.body?.cancel();
  assert.equal(circuit.turnedAway.unreachable, 0);
  const away = await events();
  assert.equal(away.status, 503);
  assert.equal((await away.json()).detail, "Streams are not available at this moment");
  assert.equal(circuit.turnedAway.unreachable, 1);
});

Deno.test("who leaves while the streamer is tried does not pass for its answer, nor for its failure", async () => {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  let peer = 1;
  await using streamer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async () => {
      asked++;
      await gate.promise;
      return new Response("a stream");
    },
  );
  const circuit = streamerAway();
  const options = { circuit, answerMs: 200 };
  const edge = edgeBefore(`http://127.0.0.1:${streamer.addr.port}`, options);
  const events = async (signal?: AbortSignal) => {
    const request = new Request("http://edge/events?group_id=g", signal ? { signal } : {});
    const { status, body } = await edge(request, `10.0.0.${peer++}`);
    await body?.cancel();
    return status;
  };
  const leaving = async () => {
    const client = new AbortController();
    const before = asked;
    const answered = events(client.signal);
    for (let wait = 0; wait < 100 && asked === before; wait++) await pause(2);
    client.abort();
    assert.equal(await answered, 503);
  };
  try {
    for (let n = 0; n < 5; n++) await events();
    assert.equal(circuit.state, 2);
    // Longer than the longest first rest.
    await pause(1_000);
    await leaving();
    assert.equal(circuit.state, 1, "the streamer has not said anything yet");
    assert.equal(await events(), 503);
    assert.equal(circuit.state, 2, "and has not in time");
    gate.resolve();
    let isBack = false;
    for (let wait = 0; wait < 200 && !isBack; wait++) {
      await pause(50);
      isBack = await events() === 200;
    }
    assert.ok(isBack);
    assert.equal(circuit.turnedAway.unreachable, 0);
  } finally {
    gate.resolve();
  }
});

Deno.test("a WebSocket whose client has left before it opens is closed at the streamer, too", async () => {
  const client = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using streamer = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (r) => {
    client.abort();
    const { socket, response } = Deno.upgradeWebSocket(r);
    socket.onclose = () => closed.resolve();
    return response;
  });
  const edge = edgeBefore(`http://127.0.0.1:${streamer.addr.port}`);
  const request = new Request("http://edge/ws", { headers: OPENING, signal: client.signal });
  const answer = await edge(request, "127.0.0.1");
  assert.deepEqual([answer.status, (await answer.json()).code], [503, "unavailable"]);
  await closed.promise;
});

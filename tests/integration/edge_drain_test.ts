/**
 * The edge while it stops: clients that keep their connections, commands and reads at a steady pace, and a
 * balancer that learns late that another edge has taken over. Nobody may see more than another answer.
 */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import { pause } from "../../actors/platform/mod.ts";
import { HttpClient } from "../support/http_client.ts";
import {
  natsUrlOfEdge,
  PATIENCE_MS,
  post,
  spawnEdge,
  status,
  tokenOf,
  withEdge,
} from "./_edge_process.ts";
import { startHostProcess } from "./_host_process.ts";
import { until } from "./_until.ts";

const CLIENTS = 12;
/** A client's pause between an answer and its next request. */
const THINK_MS = 15;
/** The balancer goes on sending new connections to the edge for so long after it was asked to stop. */
const LATE_MS = 1_000;
const DRAIN_MS = 2_500;

/** Somebody with a group, who reads and writes over one connection for as long as it may be used. */
class Client {
  readonly #target: () => string;
  readonly #work: { readonly token: string; readonly groupId: string };
  /** What went wrong: requests that got no answer, or one that says that it cannot be served. */
  readonly failures: string[] = [];
  /** How many requests each edge has answered. */
  readonly answers = new Map<string, number>();
  #connection: HttpClient | undefined;
  #url = "";
  isOver = false;

  constructor(target: () => string, work: { readonly token: string; readonly groupId: string }) {
    this.#target = target;
    this.#work = work;
  }

  async run(): Promise<void> {
    for (let i = 0; !this.isOver; i++) {
      try {
        await (i % 2 === 0 ? this.#command(i) : this.#read());
      } catch (error) {
        this.failures.push(String(error));
        this.#leave();
      }
      await pause(THINK_MS);
    }
    this.#leave();
  }

  async #command(i: number): Promise<void> {
    const { groupId } = this.#work;
    const body = { type: "todo.create", group_id: groupId, payload: { title: `Todo ${i}` } };
    await this.#send("POST", "/api/v1/command", { body, expected: 201 });
  }

  async #read(): Promise<void> {
    await this.#send("GET", "/api/v1/users/me", { expected: 200 });
  }

  async #send(
    method: string,
    path: string,
    { body, expected }: { readonly body?: unknown; readonly expected: number },
  ): Promise<void> {
    if (!this.#connection) {
      this.#url = this.#target();
      this.#connection = await HttpClient.connect(this.#url);
    }
    const options = { token: this.#work.token, ...(body === undefined ? {} : { body }) };
    const reply = await this.#connection.send(method, path, options);
    this.answers.set(this.#url, (this.answers.get(this.#url) ?? 0) + 1);
    if (reply.status !== expected) this.failures.push(`${method}: ${reply.status} ${reply.body}`);
    if (reply.isLast) this.#leave();
  }

  #leave(): void {
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
  }
}

/** Settings that two edges share. */
async function sharedKey(): Promise<Record<string, string>> {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  return { SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)) };
}

Deno.test("no request is lost while an edge is replaced by another, over connections that are kept", async () => {
  const settings = { ...await sharedKey(), DRAIN_MS: `${DRAIN_MS}` };
  await withEdge(async ({ url, nats, databaseUrl, process }) => {
    await using _host = await startHostProcess(nats.url);
    const successor = await spawnEdge({
      DATABASE_URL: databaseUrl,
      NATS_URL: natsUrlOfEdge(nats),
      ...settings,
    });
    try {
      await until(
        async () => await status(`${successor.url}/readyz`) === 200,
        PATIENCE_MS,
        successor.log,
      );
      let target = url;
      const clients = await Promise.all(Array.from({ length: CLIENTS }, async () => {
        const token = await tokenOf(url);
        const group = await post(`${url}/api/v1/groups`, { name: "Home" }, token);
        assert.equal(group.status, 201);
        return new Client(() => target, { token, groupId: group.body["id"] ?? "" });
      }));
      const running = Promise.all(clients.map((client) => client.run()));
      await pause(500);

      process.kill("SIGTERM");
      const askedAt = performance.now();
      await until(async () => await status(`${url}/readyz`) === 503, LATE_MS);
      assert.equal(await status(`${url}/livez`), 200, "it lives while it drains");
      // Who comes anew is served too, until the balancer knows.
      await pause(LATE_MS - (performance.now() - askedAt));
      target = successor.url;
      assert.equal((await process.status).code, 0);
      assert.ok(performance.now() - askedAt >= DRAIN_MS, "it drained");
      await pause(300);
      for (const client of clients) client.isOver = true;
      await running;

      assert.deepEqual(clients.flatMap(({ failures }) => failures).slice(0, 5), []);
      for (const { answers } of clients) {
        assert.ok((answers.get(url) ?? 0) > 10, "the first edge served it");
        assert.ok((answers.get(successor.url) ?? 0) > 10, "the second edge served it");
      }
    } finally {
      successor.process.kill("SIGKILL");
      await successor.process.status;
      await successor.logged;
    }
  }, settings);
});

Deno.test("asked a second time, the edge ends at once", () =>
  withEdge(async ({ process }) => {
    process.kill("SIGTERM");
    await pause(200);
    const askedAt = performance.now();
    process.kill("SIGTERM");
    assert.equal((await process.status).code, 1);
    assert.ok(performance.now() - askedAt < 2_000);
  }, { DRAIN_MS: "60000" }));

Deno.test("a client that does not look is told with each answer that the edge goes, and is answered all the same", () =>
  withEdge(async ({ url, process }) => {
    using client = await HttpClient.connect(url);
    assert.equal((await client.send("GET", "/livez")).isLast, false);
    process.kill("SIGTERM");
    await until(async () => (await client.send("GET", "/livez")).isLast, 1_000);
    const body = { username: "ana", password: "wrong horse" };
    const refused = await client.send("POST", "/api/v1/auth/login", { body });
    assert.deepEqual([refused.status, refused.isLast], [401, true]);
    assert.equal((await process.status).code, 0);
    await assert.rejects(client.send("GET", "/livez"));
  }, { DRAIN_MS: "700" }));

Deno.test("asked to stop, the edge answers what is in flight, ends streams, and ends well", async () => {
  await using streamer = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array([10])) })),
  );
  await withEdge(async ({ url, process }) => {
    const token = await tokenOf(url);
    const stream = await fetch(`${url}/events?group_id=g1`);
    const body = { type: "todo.create", group_id: "g1", payload: { title: "Flowers" } };
    const inFlight = post(`${url}/api/v1/command`, body, token);
    await pause(200);
    process.kill("SIGTERM");
    await until(async () => await status(`${url}/readyz`) !== 200, LATE_MS);
    assert.equal((await inFlight).status, 202);
    assert.equal((await process.status).code, 0);
    await assert.rejects(stream.text());
  }, { STREAMER_URL: `http://127.0.0.1:${streamer.addr.port}` });
});

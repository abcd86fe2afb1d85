/** How much of a process one client may take: streams of one address, and connections that say little. */
import assert from "node:assert/strict";
import { PATIENCE_MS, posted, status, withEdge } from "./_edge_process.ts";
import { type Group, type StreamFixture, withStreams } from "./_stream_fixture.ts";
import { until } from "./_until.ts";

/** Time in which the header fields of a request have to be there. */
const HEADERS_MS = 10_000;
/** Time in which a body has to be there; a busy machine may be late to look. */
const BODY_MS = 12_000;

/** A stream as a gateway on loopback asks for it, on behalf of `address`. */
async function openFrom(
  { port }: { readonly port: number },
  address: string,
  { token, path }: { readonly token: string; readonly path: string },
): Promise<{ answer: Response; leave: () => void }> {
  const abort = new AbortController();
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${token}`, "x-forwarded-for": address },
    signal: abort.signal,
  });
  return { answer, leave: () => abort.abort() };
}

async function countOf({ port }: { readonly port: number }, line: RegExp): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(line.exec(text)?.[1] ?? 0);
}
const OPEN = /^tf_stream_connections\{.*\} (\d+)$/m;
const ADDRESSES = /^tf_stream_addresses\{.*\} (\d+)$/m;
const LIMITED = /^tf_stream_limited_total\{limit="address".*\} (\d+)$/m;

async function withOffice(
  run: (
    site: StreamFixture & {
      readonly home: Group;
      readonly streamer: { readonly port: number };
      /** Opens a stream of a person at an address. */
      readonly open: (who: string, address: string, path?: string) => ReturnType<typeof openFrom>;
    },
  ) => Promise<void>,
): Promise<void> {
  await withStreams(async (fixture) => {
    const streamer = await fixture.start({
      streamsPerAddress: 3,
      trustedProxies: ["127.0.0.0/8"],
    });
    const home = await fixture.group("ana");
    await home.append(home.writer.addMember("ben"));
    const opened: (() => void)[] = [];
    try {
      await run({
        ...fixture,
        home,
        streamer,
        open: async (who, address, path = `/events?group_id=${home.id}`) => {
          const token = await fixture.token(who);
          const stream = await openFrom(streamer, address, { token, path });
          opened.push(stream.leave);
          return stream;
        },
      });
    } finally {
      for (const leave of opened) leave();
    }
  });
}

Deno.test("an address may have so many streams, whoever opens them, and one more is refused with the time to wait", () =>
  withOffice(async ({ open, streamer }) => {
    const office = "198.51.100.1";
    const first = await open("ana", office);
    await open("ben", office);
    await open("ana", office, "/sse/cluster-info");
    for (const path of [undefined, "/sse/cluster-info"]) {
      const { answer } = await open("ben", office, path);
      assert.equal(answer.status, 429);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      assert.ok(Number(answer.headers.get("retry-after")) >= 1);
      assert.equal((await answer.json()).code, "rate-limited");
    }
    assert.equal(await countOf(streamer, LIMITED), 2);
    assert.equal(
      (await open("ben", "198.51.100.2")).answer.status,
      200,
      "others are not concerned",
    );
    first.leave();
    await until(async () => await countOf(streamer, OPEN) === 2, PATIENCE_MS);
    assert.equal((await open("ben", office)).answer.status, 200);
  }));

Deno.test("of many streams that one address opens at once exactly as many as it may have are opened", () =>
  withOffice(async ({ open, home }) => {
    const path = `/events?group_id=${home.id}`;
    const streams = await Promise.all(
      Array.from({ length: 12 }, (_, i) => open(i % 2 ? "ana" : "ben", "2001:db8::" + i, path)),
    );
    const statuses = streams.map(({ answer }) => answer.status);
    assert.equal(statuses.filter((each) => each === 200).length, 3, statuses.join(" "));
    assert.equal(statuses.filter((each) => each === 429).length, 9);
    for (const { answer } of streams) if (answer.status === 429) await answer.body?.cancel();
  }));

Deno.test("an address gets its places back however its streams end", () =>
  withOffice(async ({ open, streamer, home, connection, token }) => {
    const office = "198.51.100.1";
    const isOver = async () =>
      await countOf(streamer, ADDRESSES) === 0 && await countOf(streamer, OPEN) === 0;
    const ends: Record<string, () => Promise<unknown>> = {
      "by request": async () =>
        await fetch(`http://127.0.0.1:${streamer.port}/events/disconnect`, {
          headers: { authorization: `Bearer ${await token("ana")}` },
        }),
      "with the session": () => {
        const notice = JSON.stringify({ user_id: "ana", session_id: "s-9" });
        connection.publish("auth.session.s-9.revoked", notice);
        return connection.flush();
      },
      "with the group": () => home.append(home.writer.delete()),
    };
    for (const [how, end] of Object.entries(ends)) {
      const sessionId = how === "with the session" ? "s-9" : "s1";
      const given = await token("ana", { sessionId });
      const path = `/events?group_id=${home.id}`;
      const streams = await Promise.all(
        [1, 2, 3].map(() => openFrom(streamer, office, { token: given, path })),
      );
      for (const { answer } of streams) assert.equal(answer.status, 200, how);
      await end();
      for (const { answer } of streams) await answer.text();
      await until(isOver, PATIENCE_MS);
    }
    const watch = await open("ana", office, "/sse/cluster-info");
    assert.equal(await countOf(streamer, ADDRESSES), 1);
    watch.leave();
    await until(isOver, PATIENCE_MS);
  }));

Deno.test("a client that makes up where it comes from is counted where it is", () =>
  withStreams(async (fixture) => {
    const streamer = await fixture.start({ streamsPerAddress: 1, trustedProxies: [] });
    const home = await fixture.group("ana");
    const asked = { token: await fixture.token("ana"), path: `/events?group_id=${home.id}` };
    const first = await openFrom(streamer, "198.51.100.1", asked);
    assert.equal(first.answer.status, 200);
    const second = await openFrom(streamer, "198.51.100.2", asked);
    assert.equal(second.answer.status, 429);
    await second.answer.body?.cancel();
    first.leave();
  }));

/** What a slow client begins with, and what it sends from time to time. */
interface Slowness {
  readonly head: string;
  readonly piece: string;
}

/** One header field more from time to time, and never the last. */
const SLOW_FIELDS: Slowness = {
  head: "GET /livez HTTP/1.1\r\nhost: x\r\n",
  piece: "x-more: x\r\n",
};

/** One byte of a body from time to time. */
const SLOW_BODIES: readonly Slowness[] = [
  { fields: "content-length: 1000", piece: "x" },
  { fields: "transfer-encoding: chunked", piece: "1\r\nx\r\n" },
].map(({ fields, piece }) => ({
  head: "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
    `${fields}\r\n\r\n`,
  piece,
}));

/** What the other side had said, so many milliseconds after the start. */
interface Said {
  readonly afterMs: number;
  readonly text: string;
}

/** A connection that is slow to send its request. */
class SlowClient implements Disposable {
  readonly #socket: Deno.TcpConn;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #answered = Promise.withResolvers<Said>();
  /** When the other side had said something, or closed. */
  readonly answered = this.#answered.promise;
  /** When the other side closed. */
  readonly closed: Promise<Said>;

  private constructor(socket: Deno.TcpConn, { head, piece }: Slowness) {
    this.#socket = socket;
    const send = (text: string) => socket.write(new TextEncoder().encode(text)).catch(() => 0);
    void send(head);
    this.#timer = setInterval(() => void send(piece), 500);
    this.closed = this.#read();
  }

  static async connect(port: number, slowness = SLOW_FIELDS): Promise<SlowClient> {
    return new SlowClient(await Deno.connect({ hostname: "127.0.0.1", port }), slowness);
  }

  async #read(): Promise<Said> {
    const startedAt = performance.now();
    let text = "";
    const said = () => ({ afterMs: performance.now() - startedAt, text });
    try {
      for await (const chunk of this.#socket.readable) {
        text += new TextDecoder().decode(chunk);
        this.#answered.resolve(said());
      }
    } catch {
      // Reset, or closed from here: over as well.
    }
    clearInterval(this.#timer);
    this.#answered.resolve(said());
    return said();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    try {
      this.#socket.close();
    } catch (error) {
      // The stream that was read to its end has closed it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

Deno.test("the streamer hangs up on who takes more than ten seconds for the header fields, and serves others meanwhile", () =>
  withStreams(async ({ start }) => {
    const { port } = await start();
    const slow = await Promise.all(Array.from({ length: 50 }, () => SlowClient.connect(port)));
    let isOver = false;
    const closed = Promise.all(slow.map((each) => each.closed)).finally(() => isOver = true);
    while (!isOver) {
      const startedAt = performance.now();
      assert.equal(await status(`http://127.0.0.1:${port}/livez`), 200);
      assert.ok(performance.now() - startedAt < 1_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const { afterMs, text } of await closed) {
      assert.ok(afterMs < HEADERS_MS, `closed after ${afterMs} ms`);
      assert.match(text, /^HTTP\/1\.1 408 /);
    }
    for (const each of slow) each[Symbol.dispose]();
  }));

Deno.test("the edge gives up on bodies that take more than ten seconds, and serves others meanwhile", () =>
  withEdge(async ({ url }) => {
    const port = Number(new URL(url).port);
    const gone = await SlowClient.connect(port, SLOW_BODIES[0]);
    const slow = await Promise.all(
      SLOW_BODIES.flatMap((slowness) =>
        Array.from({ length: 50 }, () => SlowClient.connect(port, slowness))
      ),
    );
    let isOver = false;
    const answered = Promise.all(slow.map((each) => each.answered)).finally(() => isOver = true);
    while (!isOver) {
      const startedAt = performance.now();
      const request = posted({ refresh_token: "none" });
      assert.equal(await status(`${url}/api/v1/auth/refresh`, request), 401);
      assert.ok(performance.now() - startedAt < 1_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
      gone[Symbol.dispose]();
    }
    for (const { afterMs, text } of await answered) {
      assert.ok(afterMs > 5_000 && afterMs < BODY_MS, `answered after ${afterMs} ms`);
      assert.match(text, /^HTTP\/1\.1 408 /);
    }
    for (const each of slow) each[Symbol.dispose]();
    await gone.closed;
    for (const each of slow) assert.match((await each.closed).text, /"code":"request-timeout"/);
  }));

Deno.test("the edge serves others while two hundred connections send their header fields slowly", () =>
  withEdge(async ({ url }) => {
    const port = Number(new URL(url).port);
    const slow = await Promise.all(Array.from({ length: 200 }, () => SlowClient.connect(port)));
    const waits: number[] = [];
    for (let i = 0; i < 50; i++) {
      const startedAt = performance.now();
      assert.equal(await status(`${url}/livez`), 200);
      waits.push(performance.now() - startedAt);
    }
    waits.sort((a, b) => a - b);
    assert.ok((waits[25] ?? Infinity) < 100, `median ${waits[25]} ms`);
    for (const each of slow) each[Symbol.dispose]();
    await Promise.all(slow.map((each) => each.closed));
  }));

/** What the streamer answers to bytes that its HTTP parser refuses, on sockets of their own. */
import assert from "node:assert/strict";
import { pause } from "../../actors/platform/mod.ts";
import { StreamClient, withStreams } from "./_stream_fixture.ts";
import { until } from "./_until.ts";

interface RawAnswer {
  readonly text: string;
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Sends `request` and reads until the other side closes. */
async function send(port: number, request: string): Promise<RawAnswer> {
  using socket = await Deno.connect({ hostname: "127.0.0.1", port });
  const writing = writeAll(socket, request);
  const text = await readAll(socket);
  await writing;
  const [head = "", body = ""] = text.split("\r\n\r\n");
  return {
    text,
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]),
    body: body.startsWith("{") ? JSON.parse(body) : {},
  };
}

async function writeAll(socket: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
}

async function readAll(socket: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  let text = "";
  for (let count; (count = await socket.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}

function assertRefused({ text, status, body }: RawAnswer, expected: number, code: string): void {
  assert.equal(status, expected, text);
  assert.match(text, /\r\ncontent-type: application\/problem\+json\r\n/i);
  assert.match(text, /\r\nconnection: close\r\n/i);
  assert.equal(body["status"], expected);
  assert.equal(body["code"], code);
  assert.equal(body["type"], `/problems/${code}`);
  assert.match(String(body["detail"]), /^Cannot read the request: /);
}

for (
  const [what, request] of [
    ["header field", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(40_000)}\r\n\r\n`],
    ["query", `GET /events?group_id=${"a".repeat(40_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
    ["query of many packets", `GET /?q=${"a".repeat(1_000_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
  ] as const
) {
  Deno.test(`an oversized ${what} is refused with 431 and a problem, and hurts nobody`, () =>
    withStreams(async ({ start, token, group }) => {
      const streamer = await start();
      const home = await group("ana");
      const client = await StreamClient.open(streamer, await token("ana"), [home]);
      assertRefused(await send(streamer.port, request), 431, "too-large");
      await home.append(home.writer.addTodos(1));
      await client.caughtUp(home);
      await client.close();
      const metrics = await fetch(`http://127.0.0.1:${streamer.port}/metrics`);
      assert.match(await metrics.text(), /^tf_stream_refusals_total\{code="too-large".*\} 1$/m);
    }));
}

Deno.test("what is not HTTP is refused with 400 and a problem", () =>
  withStreams(async ({ start }) => {
    const { port } = await start();
    for (
      const request of [
        "hello there\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        "GET / HTTP/1.1\r\nhost: x\r\nb ad: \x01\r\n\r\n",
        "GET /livez HTTP/9.x\r\nhost: x\r\n\r\n",
        "GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n",
      ]
    ) {
      assertRefused(await send(port, request), 400, "malformed");
    }
  }));

Deno.test("a sender that never closes is cut soon after its refusal", () =>
  withStreams(async ({ start }) => {
    const { port } = await start();
    using socket = await Deno.connect({ hostname: "127.0.0.1", port });
    await writeAll(socket, "hello there\r\n\r\n");
    assert.match(await readAll(socket), /^HTTP\/1\.1 400 /);
    const startedAt = performance.now();
    let cut = false;
    while (!cut && performance.now() - startedAt < 5_000) {
      await pause(50);
      cut = await socket.write(new Uint8Array(1)).then(() => false, () => true);
    }
    assert.ok(cut);
  }));

Deno.test("a refusal is never written into a stream: its connection is dropped", () =>
  withStreams(async ({ start, token, group }) => {
    const { port } = await start();
    const home = await group("ana");
    using socket = await Deno.connect({ hostname: "127.0.0.1", port });
    const head = `GET /events?group_id=${home.id} HTTP/1.1\r\nhost: x\r\n` +
      `authorization: Bearer ${await token("ana")}\r\n\r\n`;
    await writeAll(socket, head);
    let text = "";
    const reading = (async () => {
      const buffer = new Uint8Array(16_384);
      for (let count; (count = await socket.read(buffer)) !== null;) {
        text += new TextDecoder().decode(buffer.subarray(0, count));
      }
    })().catch((error) => assert.ok(error instanceof Deno.errors.ConnectionReset));
    await until(() => text.includes("event: snapshot"), 10_000);
    await writeAll(socket, "hello there\r\n\r\n");
    await reading;
    assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    assert.match(metrics, /^tf_stream_connections\{.*\} 0$/m);
  }));

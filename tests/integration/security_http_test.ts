/** What the running edge says to any browser, and what it makes of bytes that no honest client sends. */
import assert from "node:assert/strict";
import { setting } from "../support/eventually.ts";
import { Api } from "./_api_document.ts";
import { groupOf, send, somebody } from "./_edge_client.ts";
import { ask } from "./_security_call.ts";
import { newCast, newScene } from "./_security_cast.ts";
import { operationOf, ROWS } from "./_security_rows.ts";

const YEAR_SECONDS = 365 * 24 * 3600;
const ALWAYS: readonly (readonly [string, RegExp])[] = [
  ["x-content-type-options", /^nosniff$/],
  ["content-security-policy", /default-src 'none'.*frame-ancestors 'none'/],
  ["referrer-policy", /^no-referrer$/],
  ["cross-origin-opener-policy", /^same-origin$/],
  ["cross-origin-resource-policy", /^same-origin$/],
  ["permissions-policy", /camera=\(\)/],
  ["request-id", /^[0-9a-f]{32}$/],
];

Deno.test("every route answers with the security header fields, and refusals are stored nowhere", async () => {
  const { places } = await Api.read();
  for (const { method, path, operation } of places) {
    const address = path.replaceAll(/\{[^}]*\}/g, "none");
    const { headers } = await send(method, address);
    const what = `${method} ${address}`;
    for (const [name, value] of ALWAYS) assert.match(headers.get(name) ?? "", value, what);
    const [, hsts] = /^max-age=(\d+)/.exec(headers.get("strict-transport-security") ?? "") ?? [];
    assert.ok(Number(hsts) >= YEAR_SECONDS, what);
    assert.equal(headers.has("access-control-allow-origin"), false, what);
    const isPrivate = operation.security.length > 0 || path.startsWith("/api/v1/auth/");
    if (isPrivate) assert.equal(headers.get("cache-control"), "no-store", what);
  }
});

Deno.test("what a user reads is stored nowhere, whether it comes in full or is what the client holds", async () => {
  const { places } = await Api.read();
  const scene = await newScene(await newCast());
  const counts = { read: 0, unchanged: 0 };
  for (const [name, row] of Object.entries(ROWS)) {
    const place = places.find(({ operation }) => operation.operationId === operationOf(name));
    if (place?.method !== "GET") continue;
    const asked = (headers = {}) => ask({ place, row }, "owner", scene, headers);
    const { status, headers, text } = await asked();
    assert.ok(status < 300, `${name} ${text}`);
    const etag = headers.get("etag");
    // What has a strong tag is to come as it is tagged.
    const stored = etag === null ? "no-store" : "no-store, no-transform";
    assert.equal(headers.get("cache-control"), stored, `${name} ${status}`);
    counts.read++;
    if (etag === null) continue;
    assert.match(etag, /^"/, name);
    const same = await asked({ "if-none-match": etag });
    assert.deepEqual([same.status, same.headers.get("cache-control")], [304, stored], name);
    counts.unchanged++;
  }
  assert.ok(counts.read >= 18 && counts.unchanged >= 8, JSON.stringify(counts));
});

Deno.test("pages of other origins get no access, whatever they call themselves", async () => {
  const { host } = new URL(setting("TEST_EDGE_URL"));
  const origins = ["https://evil.example", "null", `http://${host}.evil.example`, "file://"];
  for (const origin of origins) {
    for (const method of ["GET", "OPTIONS"]) {
      const { headers } = await send(method, "/api/v1/groups", {
        headers: { origin, "access-control-request-method": "POST" },
      });
      assert.equal(headers.has("access-control-allow-origin"), false, `${method} ${origin}`);
      assert.equal(headers.has("access-control-allow-credentials"), false, `${method} ${origin}`);
    }
  }
});

const HOST = "Host: edge\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n";
const END = "0\r\n\r\n";
const SECOND = `GET /livez HTTP/1.1\r\n${HOST}\r\n`;

/** Requests whose end two servers could see in different places, or that are no HTTP. */
const ODD: Readonly<Record<string, string>> = {
  "a length and chunks": `POST /x HTTP/1.1\r\n${HOST}Content-Length: 6\r\n${CHUNKED}\r\n${END}`,
  "chunks and a length": `POST /x HTTP/1.1\r\n${HOST}${CHUNKED}Content-Length: 6\r\n\r\n${END}`,
  "two lengths": `POST /x HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello`,
  "a list of lengths": `POST /x HTTP/1.1\r\n${HOST}Content-Length: 5, 5\r\n\r\nhello`,
  "a negative length": `POST /x HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`,
  "a signed length": `POST /x HTTP/1.1\r\n${HOST}Content-Length: +5\r\n\r\nhello`,
  "chunks that are not last":
    `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n${END}`,
  "an unknown coding": `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n${END}`,
  "a space before a colon": `POST /x HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n${END}`,
  "chunks in HTTP/1.0": `POST /x HTTP/1.0\r\n${HOST}${CHUNKED}\r\n${END}`,
  "a folded field": `GET /x HTTP/1.1\r\n${HOST}X-A: a\r\n b\r\n\r\n`,
  "NUL in a field": `GET /x HTTP/1.1\r\n${HOST}X-A: a\0b\r\n\r\n`,
  "a space in the address": `GET /x y HTTP/1.1\r\n${HOST}\r\n`,
  "a field of 500 KB": `GET /x HTTP/1.1\r\n${HOST}X-A: ${"a".repeat(500_000)}\r\n\r\n`,
  "no HTTP at all": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
};

Deno.test("odd framing is refused, and what follows it on the connection is not answered", async () => {
  for (const [what, bytes] of Object.entries(ODD)) {
    const answer = await exchange(bytes + SECOND);
    assert.match(answer, /^HTTP\/1\.1 400 /, what);
    assert.equal(answer.split("HTTP/1.1 ").length, 2, `${what}: one answer, ${answer}`);
  }
});

Deno.test("methods that no route has are refused, TRACE and CONNECT first of all", async () => {
  for (const method of ["TRACE", "CONNECT", "TRACK", "DEBUG", "PROPFIND", "FOO"]) {
    for (const path of ["/", "/api/v1/groups", "/healthz"]) {
      const secret = "a-secret-of-the-request";
      const answer = await exchange(
        `${method} ${path} HTTP/1.1\r\n${HOST}X-A: ${secret}\r\nConnection: close\r\n\r\n`,
      );
      assert.match(answer, /^HTTP\/1\.1 (400|404|405|501) /, `${method} ${path}: ${answer}`);
      assert.ok(!answer.includes(secret), `${method} ${path} echoes the request`);
    }
  }
});

/** Requests for `/livez` that another route would answer if the runtime's URL of them counted. */
const MISDIRECTED: Readonly<Record<string, string>> = {
  "a host with a path": "GET /livez HTTP/1.1\r\nHost: x/metrics?\r\n",
  "a host with the path of a document": "GET /livez HTTP/1.1\r\nHost: x/openapi.json?\r\n",
  "a host with spaces": "GET /livez HTTP/1.1\r\nHost: a b/../@c\r\n",
  "a host with a user": "GET /livez HTTP/1.1\r\nHost: user@edge\r\n",
  "a host with a port that is none": "GET /livez HTTP/1.1\r\nHost: edge:99999\r\n",
  "an empty host": "GET /livez HTTP/1.1\r\nHost: \r\n",
  "no host": "GET /livez HTTP/1.1\r\n",
  "two hosts": `GET /livez HTTP/1.1\r\n${HOST}Host: other\r\n`,
  "a path with dots": `GET /livez/../metrics HTTP/1.1\r\n${HOST}`,
  "a path with encoded dots": `GET /livez/%2e%2E/metrics HTTP/1.1\r\n${HOST}`,
};

Deno.test("neither the host nor dots in the path choose another route", async () => {
  for (const place of ["TEST_EDGE_URL", "TEST_STREAMER_URL"]) {
    for (const [what, head] of Object.entries(MISDIRECTED)) {
      const answer = await exchange(`${head}Connection: close\r\n\r\n`, place);
      assert.match(answer, /^HTTP\/1\.1 400 /, `${place} ${what}: ${answer}`);
    }
  }
});

Deno.test("HEAD tells no length that GET's answer has not, and opens no stream", async () => {
  const person = await somebody();
  const { token } = person;
  const events = `/events?group_id=${await groupOf(person, "Home")}`;
  const paths = ["/livez", "/docs", "/openapi.json", "/api/v1/groups", events, "/no"];
  for (const path of paths) {
    const head = `HEAD ${path} HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n`;
    const answer = await exchange(`${head}Connection: close\r\n\r\n`);
    const [, length] = /^content-length: (\d+)\r$/im.exec(answer) ?? [];
    assert.match(answer, /^HTTP\/1\.1 \d{3} [^]*\r\n\r\n$/, path);
    if (length === undefined) continue;
    assert.notEqual(path, events, "a stream has no length");
    const { text } = await send("GET", path, { token });
    assert.equal(Number(length), new TextEncoder().encode(text).length, `${path}: ${answer}`);
  }
});

/** The edge hung up while it was still sent to, or this side did. */
const HUNG_UP = [
  Deno.errors.BadResource,
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionReset,
  Deno.errors.Interrupted,
];

/** What comes back for `bytes` until the edge, or who is at `place`, hangs up; at most two seconds. */
async function exchange(bytes: string, place = "TEST_EDGE_URL"): Promise<string> {
  const { hostname, port } = new URL(setting(place));
  const connection = await Deno.connect({ hostname, port: Number(port) });
  let answer = "";
  let isOpen = true;
  const close = () => {
    if (isOpen) connection.close();
    isOpen = false;
  };
  const timer = setTimeout(close, 2_000);
  try {
    const encoded = new TextEncoder().encode(bytes);
    for (let sent = 0; sent < encoded.length;) {
      sent += await connection.write(encoded.subarray(sent));
    }
    const buffer = new Uint8Array(65_536);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      answer += new TextDecoder().decode(buffer.subarray(0, n));
    }
  } catch (error) {
    if (!HUNG_UP.some((kind) => error instanceof kind)) throw error;
  } finally {
    clearTimeout(timer);
    close();
  }
  return answer;
}

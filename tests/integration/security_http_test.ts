/** What the running edge says to any browser, and to methods that no route has. */
import assert from "node:assert/strict";
import { setting } from "../support/eventually.ts";
import { Api } from "./_api_document.ts";
import { groupOf, send, somebody } from "./_edge_client.ts";
import { exchange } from "./_exchange.ts";
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

Deno.test("methods that no route has are refused, TRACE and CONNECT first of all", async () => {
  for (const method of ["TRACE", "CONNECT", "TRACK", "DEBUG", "PROPFIND", "FOO"]) {
    for (const path of ["/", "/api/v1/groups", "/healthz"]) {
      const secret = "a-secret-of-the-request";
      const answer = await exchange(
        `${method} ${path} HTTP/1.1\r\n${HOST}X-A: ${secret}\r\nConnection: close\r\n\r\n`,
        setting("TEST_EDGE_URL"),
      );
      assert.match(answer, /^HTTP\/1\.1 (400|404|405|501) /, `${method} ${path}: ${answer}`);
      assert.ok(!answer.includes(secret), `${method} ${path} echoes the request`);
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
    const answer = await exchange(`${head}Connection: close\r\n\r\n`, setting("TEST_EDGE_URL"));
    const [, length] = /^content-length: (\d+)\r$/im.exec(answer) ?? [];
    assert.match(answer, /^HTTP\/1\.1 \d{3} [^]*\r\n\r\n$/, path);
    if (length === undefined) continue;
    assert.notEqual(path, events, "a stream has no length");
    const { text } = await send("GET", path, { token });
    assert.equal(Number(length), new TextEncoder().encode(text).length, `${path}: ${answer}`);
  }
});

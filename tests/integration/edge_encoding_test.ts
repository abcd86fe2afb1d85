/** What is the same for everybody comes compressed, as the bytes on the wire show: `fetch` would undo it. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type IncomingHttpHeaders, request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { setting } from "../support/eventually.ts";
import { send } from "./_edge_client.ts";

interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Uint8Array;
}

/** Asks the edge and leaves the answer's content as it came. */
function ask(path: string, headers: Record<string, string>, method = "GET"): Promise<Raw> {
  return new Promise((resolve, reject) => {
    request(
      new URL(path, setting("TEST_EDGE_URL")),
      { method, headers, agent: false },
      (answer) => {
        const chunks: Uint8Array[] = [];
        answer.on("data", (chunk: Uint8Array) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const { statusCode: status = 0, headers } = answer;
          resolve({ status, headers, bytes: Buffer.concat(chunks) });
        });
      },
    ).on("error", reject).end();
  });
}

const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gunzipSync(bytes),
  br: (bytes) => brotliDecompressSync(bytes),
};

async function sharedPaths(): Promise<string[]> {
  const { text } = await send("GET", "/login");
  const assets = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+\.(?:css|js))"/g)]
    .map(([, path]) => path ?? "");
  assert.ok(assets.length >= 2, `${assets}`);
  return ["/openapi.json", "/asyncapi.json", ...assets];
}

Deno.test("documents, scripts and styles come compressed to who takes that, and whole to who does not", async () => {
  for (const path of await sharedPaths()) {
    const plain = await ask(path, {});
    assert.deepEqual([plain.status, plain.headers["content-encoding"]], [200, undefined], path);
    const refused = await ask(path, { "accept-encoding": "gzip;q=0, br;q=0.0" });
    assert.equal(refused.headers["content-encoding"], undefined);
    assert.deepEqual(refused.bytes, plain.bytes);
    for (const encoding of ["gzip", "br"]) {
      const { headers, bytes } = await ask(path, { "accept-encoding": encoding });
      assert.equal(headers["content-encoding"], encoding, path);
      assert.match(headers.vary ?? "", /^Accept-Encoding/);
      assert.ok(bytes.length < plain.bytes.length * 0.6, `${path} ${encoding}: ${bytes.length}`);
      assert.deepEqual(
        new Uint8Array(DECODERS[encoding]?.(bytes) ?? []),
        new Uint8Array(plain.bytes),
      );
      assert.notEqual(headers.etag, plain.headers.etag);
    }
  }
});

Deno.test("HEAD tells of each form what GET does, and 304 goes to who has that form", async () => {
  const told = ["content-encoding", "content-type", "etag", "vary", "cache-control"];
  for (const path of await sharedPaths()) {
    for (const accepted of ["identity", "gzip", "br"]) {
      const fields = { "accept-encoding": accepted };
      const got = await ask(path, fields);
      const head = await ask(path, fields, "HEAD");
      assert.equal(head.bytes.length, 0);
      for (const name of told) {
        assert.equal(head.headers[name], got.headers[name], `${path} ${name}`);
      }
      const known = { ...fields, "if-none-match": `${got.headers.etag}` };
      for (const method of ["GET", "HEAD"]) {
        const same = await ask(path, known, method);
        assert.deepEqual([same.status, same.bytes.length], [304, 0], `${method} ${path}`);
        assert.equal(same.headers.etag, got.headers.etag);
        assert.match(same.headers.vary ?? "", /^Accept-Encoding/);
      }
      const other = { ...known, "accept-encoding": accepted === "gzip" ? "br" : "gzip" };
      assert.equal((await ask(path, other)).status, 200);
    }
  }
});

Deno.test("pages come compressed under a policy of their own each time", async () => {
  for (const path of ["/login", "/app", "/docs"]) {
    const policies = new Set<unknown>();
    for (let i = 0; i < 2; i++) {
      const { headers, bytes } = await ask(path, { "accept-encoding": "br, gzip;q=0.5" });
      assert.equal(headers["content-encoding"], "gzip", path);
      const [, nonce = ""] = /'nonce-([^']+)'/.exec(`${headers["content-security-policy"]}`) ?? [];
      const html = new TextDecoder().decode(gunzipSync(bytes));
      assert.ok(html.includes(`nonce="${nonce}"`));
      policies.add(nonce);
    }
    assert.equal(policies.size, 2);
  }
});

import assert from "node:assert/strict";
import { Hono } from "hono";
import type { EdgeEnv } from "./call.ts";
import { SharedContent } from "./shared_content.ts";

const TEXT = "All of it, again. ".repeat(500);
const OPTIONS = { type: "text/plain", cacheControl: "public, no-cache" };

/** Asks for `content` with the header fields `headers`. */
function asker(content: SharedContent) {
  const app = new Hono<EdgeEnv>();
  app.get("/", (context) => content.answer(context));
  return async (headers: Record<string, string> = {}) => await app.request("/", { headers });
}

async function textOf(answer: Response): Promise<string> {
  const encoding = answer.headers.get("content-encoding");
  if (encoding === null) return await answer.text();
  const stream = answer.body?.pipeThrough(
    new DecompressionStream(encoding === "br" ? "brotli" : "gzip"),
  );
  return await new Response(stream).text();
}

Deno.test("each form of a content has a strong tag of its own, and all say on what they depend", async () => {
  const ask = asker(new SharedContent(TEXT, OPTIONS));
  const tags = new Set<string>();
  for (const accepted of ["identity", "gzip", "br"]) {
    const answer = await ask({ "accept-encoding": accepted });
    const sent = answer.headers.get("content-encoding") ?? "identity";
    assert.equal(sent, accepted);
    assert.equal(answer.headers.get("vary"), "Accept-Encoding");
    assert.equal(answer.headers.get("cache-control"), "public, no-cache, no-transform");
    assert.equal(answer.headers.get("content-type"), "text/plain");
    const tag = answer.headers.get("etag") ?? "";
    assert.match(tag, /^"[\w-]+"$/);
    tags.add(tag);
    assert.equal(await textOf(answer), TEXT);
  }
  assert.equal(tags.size, 3);
});

Deno.test("who has a form gets 304 for that one, with its tag, and another form anew", async () => {
  const ask = asker(new SharedContent(TEXT, OPTIONS));
  const accepts = { "accept-encoding": "gzip" };
  const etag = (await ask(accepts)).headers.get("etag") ?? "";
  for (const known of [etag, `"other", W/${etag}`, "*"]) {
    const same = await ask({ ...accepts, "if-none-match": known });
    assert.equal(same.status, 304, known);
    assert.equal(same.headers.get("etag"), etag);
    assert.equal(same.headers.get("vary"), "Accept-Encoding");
    assert.equal(same.headers.get("content-encoding"), null);
    assert.equal(await same.text(), "");
  }
  assert.equal((await ask({ "if-none-match": etag })).status, 200);
  assert.equal((await ask({ ...accepts, "if-none-match": '"other"' })).status, 200);
});

Deno.test("the same content has the same tags in every process, another content others", async () => {
  const tagOf = async (text: string) =>
    (await asker(new SharedContent(text, OPTIONS))()).headers.get("etag");
  assert.equal(await tagOf(TEXT), await tagOf(TEXT));
  assert.notEqual(await tagOf(TEXT), await tagOf(`${TEXT}!`));
});

Deno.test("a content is encoded once, however many ask for it at the same time", async () => {
  const { CompressionStream: Original } = globalThis;
  let made = 0;
  globalThis.CompressionStream = class extends Original {
    constructor(format: CompressionFormat) {
      super(format);
      made++;
    }
  };
  try {
    const ask = asker(new SharedContent(TEXT, OPTIONS));
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask({ "accept-encoding": "gzip" })),
    );
    for (const answer of answers) assert.equal(await textOf(answer), TEXT);
    assert.equal(made, 1);
  } finally {
    globalThis.CompressionStream = Original;
  }
});

Deno.test("what is small is sent as it is", async () => {
  const answer = await asker(new SharedContent("short", OPTIONS))({ "accept-encoding": "gzip" });
  assert.equal(answer.headers.get("content-encoding"), null);
  assert.equal(answer.headers.get("vary"), null);
  assert.equal(await answer.text(), "short");
});

import assert from "node:assert/strict";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { readJson, readOptionalJson } from "./body.ts";

function request(body: BodyInit | null): Request {
  const headers = { "content-type": "application/json" };
  return new Request("http://edge/", { method: "POST", headers, body });
}

function chunked(...chunks: string[]): Request {
  return request(ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk))));
}

async function refusal(request: Request): Promise<string> {
  const error = await readJson(request).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof ProblemError, String(error));
  return error.problem.code;
}

Deno.test("JSON is read, whole or in chunks", async () => {
  assert.deepEqual(await readJson(request('{"a":[1,"ä"]}')), { a: [1, "ä"] });
  assert.deepEqual(await readJson(chunked('{"a":', "[1]}")), { a: [1] });
});

Deno.test("a missing body is malformed where one is needed, and undefined where not", async () => {
  assert.equal(await refusal(request(null)), "malformed");
  assert.equal(await refusal(request("")), "malformed");
  assert.equal(await readOptionalJson(request(null)), undefined);
});

Deno.test("a body that says that it is something else is refused, and no body says nothing", async () => {
  const text = (body: string) => {
    const headers = { "content-type": "text/plain", "content-length": `${body.length}` };
    return new Request("http://edge/", { method: "POST", headers, body });
  };
  assert.equal(await refusal(text("{}")), "unsupported-media-type");
  assert.equal(await refusal(text("")), "malformed");
  assert.equal(await readOptionalJson(text("")), undefined);
  await assert.rejects(readOptionalJson(text("{}")), ProblemError);
  const types = ["text/plain"];
  assert.deepEqual(await readJson(text("{}"), { types }), {});
  await assert.rejects(readJson(request("{}"), { types }), ProblemError);
});

Deno.test("what is no JSON or no UTF-8 is malformed", async () => {
  assert.equal(await refusal(request("{")), "malformed");
  assert.equal(await refusal(request(new Uint8Array([0x22, 0xff, 0x22]))), "malformed");
});

Deno.test("who sends no JSON is told where it stops being that", async () => {
  const refused = await readJson(request('{\n  "title": "Tea",\n}')).catch((error: unknown) =>
    error
  );
  assert.ok(refused instanceof ProblemError);
  const detail = 'The body is not valid JSON: unexpected "}" at line 3, column 1';
  assert.deepEqual(refused.problem, {
    code: "malformed",
    detail,
    errors: [{ pointer: "", code: "malformed", message: detail }],
  });
});

Deno.test("64 KB are taken, a byte more is too large, announced or not", async () => {
  const fits = JSON.stringify("x".repeat(64 * 1024 - 2));
  assert.equal(await readJson(request(fits)), JSON.parse(fits));
  const big = JSON.stringify("x".repeat(64 * 1024 - 1));
  assert.equal(await refusal(request(big)), "too-large");
  assert.equal(await refusal(chunked(big.slice(0, 40_000), big.slice(40_000))), "too-large");
});

Deno.test("what is refused by its length is read all the same, so that its sender hears the answer", async () => {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulled++ < 20) controller.enqueue(new Uint8Array(5_000));
      else controller.close();
    },
  });
  const headers = { "content-type": "application/json", "content-length": "100000" };
  const sent = new Request("http://edge/", { method: "POST", headers, body });
  assert.equal(await refusal(sent), "too-large");
  assert.equal(pulled, 21);
});

Deno.test("who sends nothing of what is refused by its length is answered all the same", async () => {
  const body = new ReadableStream<Uint8Array>();
  const headers = { "content-type": "application/json", "content-length": "100000" };
  const sent = new Request("http://edge/", { method: "POST", headers, body });
  assert.equal(await refusal(sent), "too-large");
});

Deno.test("who takes less says so", async () => {
  const refused = await readJson(request('"four"'), { maxBytes: 5 }).catch((error: unknown) =>
    error
  );
  assert.ok(refused instanceof ProblemError);
  assert.equal(refused.problem.detail, "The body is larger than 5 bytes");
  assert.equal(await readJson(chunked('"fo', 'ur"'), { maxBytes: 6 }), "four");
});

Deno.test("the field name of an object's prototype is malformed at any depth", async () => {
  for (
    const text of ['{"__proto__":{"a":1}}', '[{"a":{"__proto__":1}}]', '{"\\u005f_proto__":1}']
  ) {
    assert.equal(await refusal(request(text)), "malformed", text);
  }
  assert.deepEqual(await readJson(request('{"a":"__proto__","proto":1}')), {
    a: "__proto__",
    proto: 1,
  });
});

Deno.test("16 levels are taken, 17 are malformed", async () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  await readJson(request(nested(16)));
  assert.equal(await refusal(request(nested(17))), "malformed");
  assert.equal(await refusal(request(nested(30_000))), "malformed");
});

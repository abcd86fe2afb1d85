import assert from "node:assert/strict";
import fc from "fast-check";
import { Hono } from "hono";
import type { EdgeEnv } from "./call.ts";
import { encoded, type Encoding, encodingFor, preferred } from "./encoding.ts";

/** What is chosen for a client that sends `field`. */
async function chosen(field: string | undefined, encodings?: readonly Encoding[]) {
  const app = new Hono<EdgeEnv>();
  app.get("/", (context) => context.text(encodingFor(context, encodings)));
  const headers = field === undefined ? {} : { "accept-encoding": field };
  return await (await app.request("/", { headers })).text();
}

Deno.test("a client gets the encoding that it weighs most, and none that it did not ask for", async () => {
  const cases: [field: string | undefined, encoding: Encoding][] = [
    [undefined, "identity"],
    ["", "identity"],
    ["deflate, zstd", "identity"],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip;q=1.0, br;q=0.5", "gzip"],
    ["gzip;q=0", "identity"],
    ["gzip;q=0.000, br;q=0", "identity"],
    ["gzip; q=0 , br", "br"],
    ["br;q=0, *", "gzip"],
    ["*", "br"],
    ["*;q=0", "identity"],
    ["gzip, *;q=0", "gzip"],
    ["identity", "identity"],
    ["identity;q=0.5, gzip;q=0.4", "identity"],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["identity;q=0", "identity"],
  ];
  for (const [field, encoding] of cases) assert.equal(await chosen(field), encoding, field);
  assert.equal(await chosen("gzip, br", ["gzip"]), "gzip");
  assert.equal(await chosen("br", ["gzip"]), "identity");
});

Deno.test("nothing is chosen that weighs nothing, or less than something else that there is", () => {
  const accepted = fc.record({
    type: fc.constantFrom("gzip", "br", "identity", "*", "deflate"),
    q: fc.constantFrom(0, 0.001, 0.5, 1),
  });
  const lists = fc.uniqueArray(accepted, { selector: ({ type }) => type });
  fc.assert(fc.property(lists, (list) => {
    const weightOf = (name: string) =>
      (list.find(({ type }) => type === name) ?? list.find(({ type }) => type === "*"))?.q ?? 0;
    const encodings: Encoding[] = ["br", "gzip"];
    const best = preferred(list, encodings);
    if (best === "identity") return;
    assert.ok(weightOf(best) > 0);
    for (const other of encodings) assert.ok(weightOf(best) >= weightOf(other));
  }));
});

Deno.test("what is encoded is what was there, and smaller", async () => {
  const bytes = new TextEncoder().encode("todo ".repeat(1_000));
  assert.equal(await encoded(bytes, "identity"), bytes);
  for (const encoding of ["br", "gzip"] as const) {
    const form = await encoded(bytes, encoding);
    assert.ok(form.length < 200, `${form.length}`);
    const format = encoding === "br" ? "brotli" : "gzip";
    const stream = new Blob([form]).stream().pipeThrough(new DecompressionStream(format));
    assert.deepEqual(await new Response(stream).bytes(), bytes);
  }
});

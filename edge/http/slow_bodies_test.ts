import assert from "node:assert/strict";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { readJson } from "./body.ts";
import { inTime, refuseSlowBodies } from "./slow_bodies.ts";

const never = () => new Promise<never>(() => {});
const codeOf = (read: Promise<unknown>) =>
  read.then(String, (error) => error instanceof ProblemError ? error.problem.code : String(error));

Deno.test("a body that is late is refused, one that came or has time left is not", async () => {
  const came = inTime(Promise.resolve("there"), 0);
  const tooLarge = new ProblemError({ code: "too-large", detail: "Too large" });
  const refused = codeOf(inTime(Promise.reject(tooLarge), 0));
  const late = codeOf(inTime(never(), 0));
  const { promise, resolve } = Promise.withResolvers<string>();
  const patient = inTime(promise, 5_000);
  assert.equal(await came, "there");
  assert.equal(await refused, "too-large");
  refuseSlowBodies(8_999);
  refuseSlowBodies(9_000);
  assert.equal(await late, "request-timeout");
  resolve("there");
  assert.equal(await patient, "there");
});

Deno.test("a body that breaks off did not arrive, and is no failure of ours", async () => {
  const body = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) });
  const read = readJson(new Request("http://edge/", { method: "POST", body }));
  assert.equal(await codeOf(read), "request-timeout");
});

Deno.test("what becomes of a body that was refused concerns nobody", async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  const late = codeOf(inTime(promise, 0));
  refuseSlowBodies(9_000);
  assert.equal(await late, "request-timeout");
  reject(new Error("The connection is gone"));
  await Promise.resolve();
});

Deno.test("a body in chunks, and one of a known length, must come in time", async () => {
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("{"));
      end = () => controller.close();
    },
  });
  const [chunked, announced] = body.tee();
  const requests = [
    new Request("http://edge/", { method: "POST", body: chunked }),
    new Request("http://edge/", {
      method: "POST",
      body: announced,
      headers: { "content-length": "9" },
    }),
  ];
  const reads = requests.map((request) => codeOf(readJson(request)));
  refuseSlowBodies(performance.now() + 8_000);
  refuseSlowBodies(performance.now() + 9_000);
  assert.deepEqual(await Promise.all(reads), ["request-timeout", "request-timeout"]);
  end();
});

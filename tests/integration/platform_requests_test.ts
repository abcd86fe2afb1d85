import assert from "node:assert/strict";
import { headers } from "@nats-io/nats-core";
import { Requests } from "../../actors/platform/mod.ts";
import { withNats } from "./_nats_fixture.ts";

Deno.test("each request gets its own answer, in whatever order they come", async () => {
  await withNats(async (connection) => {
    connection.subscribe("svc.echo", {
      callback: (_, message) => {
        const delayMs = Number(message.string()) % 3;
        setTimeout(() => message.respond(message.data), delayMs);
      },
    });
    using requests = new Requests(connection, { timeoutMs: 1_000 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => requests.send("svc.echo", String(i), headers())),
    );
    assert.deepEqual(
      answers.map((answer) => answer?.string()),
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
  });
});

Deno.test("a request without an answer ends as unknown, not as a failure", async () => {
  await withNats(async (connection) => {
    connection.subscribe("svc.silent", { callback: () => {} });
    using requests = new Requests(connection, { timeoutMs: 100 });
    assert.equal(await requests.send("svc.silent", "hello", headers()), undefined);
    const left = requests.send("svc.silent", "hello", headers());
    requests[Symbol.dispose]();
    assert.equal(await left, undefined);
  });
});

/** The edge from its first moment on, with starts that the test makes fail. */
import assert from "node:assert/strict";
import { KeptLog } from "../actors/platform/testing/mod.ts";
import { pause } from "../actors/platform/mod.ts";
import { Entry, type Start } from "./entry.ts";

const INFO = {
  remoteAddr: { transport: "tcp", hostname: "203.0.113.7", port: 1 },
  completed: Promise.resolve(),
} as const satisfies Deno.ServeHandlerInfo;

/** An entry whose first `failures` starts fail, and how often it was started. */
function failing(failures: number, startsAgain: boolean) {
  const count = { starts: 0 };
  const start: Start = () => {
    if (count.starts++ < failures) return Promise.reject(new Error("JetStream is not there"));
    const nothing = () => Promise.resolve();
    return Promise.resolve({
      handle: () => Promise.resolve(new Response("served")),
      drain: () => {},
      finish: nothing,
      stop: nothing,
    });
  };
  return {
    count,
    entry: new Entry({ isRouted: () => false, startsAgain: () => startsAgain, start }),
  };
}

function ask(entry: Entry, path = "/api/v1/groups"): Promise<Response> {
  const request = new Request(`http://edge${path}`, { headers: { host: "edge" } });
  return entry.answer(request, INFO);
}

async function assertStarting(answer: Response): Promise<void> {
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
  assert.equal((await answer.json()).code, "unavailable");
}

Deno.test("a start that fails is a problem for who asks, and is tried again by one of many a moment later", async () => {
  using log = new KeptLog("error");
  const { entry, count } = failing(2, true);
  const failed = assert.rejects(entry.start(), /JetStream/);
  for (const answer of await Promise.all([ask(entry), ask(entry), ask(entry)])) {
    await assertStarting(answer);
  }
  await failed;
  assert.equal(count.starts, 1, "they share one attempt");
  await pause(1_050);
  const alive = await ask(entry, "/livez");
  assert.deepEqual([alive.status, await alive.text()], [200, "ok\n"]);
  for (const answer of await Promise.all([ask(entry), ask(entry)])) await assertStarting(answer);
  assert.equal(count.starts, 2, "the next one is tried as well, whoever asks for whatever");
  await pause(2_050);
  const answers = await Promise.all([ask(entry), ask(entry)]);
  assert.deepEqual(await Promise.all(answers.map((each) => each.text())), ["served", "served"]);
  assert.equal(count.starts, 3);
  const told = log.records.map((
    { properties: { reason, again_after_ms } },
  ) => [reason, again_after_ms]);
  const reason = "Error: JetStream is not there";
  assert.deepEqual(told, [[reason, 1_000], [reason, 2_000]]);
});

Deno.test("where there is a process to end, a start that fails is final, and still a problem for who asks", async () => {
  const { entry, count } = failing(1, false);
  const failed = assert.rejects(entry.start(), /JetStream/);
  await assertStarting(await ask(entry));
  await failed;
  await pause(1_050);
  await assertStarting(await ask(entry));
  assert.equal(count.starts, 1);
});

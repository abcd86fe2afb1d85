import assert from "node:assert/strict";
import type { Command } from "../../actors/protocol/mod.ts";
import type { Sent } from "../commands/mod.ts";
import { notFound, startCall } from "../http/mod.ts";
import { answerTask } from "./committed.ts";

const command = {
  command_id: "c1",
  group_id: "g1",
  type: "group.delete",
  payload: {},
  actor: "u1",
};
const committed: Sent = { kind: "committed", replayed: true, version: 3, body: new Uint8Array() };

function answer(sent: Sent, show: () => Promise<Response>): Promise<Response> {
  const call = startCall(new Request("http://edge.example/api/tasks"), "192.0.2.1");
  return answerTask({ command: command as Command, sent, async: false }, call, show);
}

Deno.test("what is committed is shown, and never refused because it cannot be shown now", async () => {
  const shown = await answer(committed, () => Promise.resolve(new Response("it")));
  assert.deepEqual([shown.status, await shown.text()], [200, "it"]);
  for (const code of ["57P03", "ECONNREFUSED", "53100", "40P01"]) {
    const away = Object.assign(new Error("no"), { code });
    const told = await answer(committed, () => Promise.reject(away));
    assert.equal(told.status, 202, code);
    assert.equal(told.headers.get("location"), "/api/v1/commands/c1?group_id=g1");
    assert.equal(told.headers.get("idempotency-replayed"), "true");
    assert.deepEqual(await told.json(), {
      status: "accepted",
      command_id: "c1",
      group_id: "g1",
    });
  }
});

Deno.test("what is gone, and what is a defect of ours, is said even of what is committed", async () => {
  for (const error of [notFound("gone"), new TypeError("ours")]) {
    await assert.rejects(answer(committed, () => Promise.reject(error)), error);
  }
});

Deno.test("what is not committed is not shown", async () => {
  const show = () => assert.fail("it is shown");
  assert.equal((await answer({ kind: "stored" }, show)).status, 202);
  const refused = { kind: "refused", problem: { code: "mailbox-full", detail: "Full" } } as const;
  assert.equal((await answer(refused, show)).status, 429);
});

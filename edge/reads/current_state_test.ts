import assert from "node:assert/strict";
import { connectPostgres } from "../../actors/platform/mod.ts";
import { KeptLog } from "../../actors/platform/testing/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { currentState } from "./current_state.ts";

const caller = { userId: "ana", username: "ana", sessionId: "s", expiresAt: Infinity };

/** What is told when reading fails with `error`. */
async function toldAt(error: Error): Promise<unknown> {
  // Connects when it is asked for something, which nobody does here.
  const sql = connectPostgres("postgres://127.0.0.1:1/none", { name: "test" });
  try {
    const consistency = { readGroup: () => Promise.reject(error) };
    return await currentState({ sql, consistency })(caller, { groupId: "g", todoId: "t" });
  } finally {
    await sql.end();
  }
}

Deno.test("what cannot be read now is left out of the refusal, and logged", async () => {
  using kept = new KeptLog("warning");
  const lag = new ProblemError({ code: "projection-lag", detail: "The read model is behind" });
  const away = Object.assign(new Error("away"), { code: "ECONNREFUSED" });
  assert.equal(await toldAt(lag), undefined);
  assert.equal(await toldAt(away), undefined);
  const lines = kept.records.map(({ message }) => message.join(""));
  assert.deepEqual(lines.map((line) => /behind|away/.test(line)), [true, true], lines.join());
});

Deno.test("a defect is not taken for a state that cannot be read", async () => {
  await assert.rejects(toldAt(new TypeError("a defect")), TypeError);
});

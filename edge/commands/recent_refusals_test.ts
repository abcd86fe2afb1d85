import assert from "node:assert/strict";
import type { ProblemCode } from "../../actors/protocol/mod.ts";
import type { Sent } from "./mailbox.ts";
import { RecentRefusals } from "./recent_refusals.ts";
import { command, query } from "./testing/mod.ts";

function rejected(code: ProblemCode): Sent {
  return { kind: "rejected", problem: { code, detail: "No" } };
}

Deno.test("a rejection is remembered until the command is sent again", () => {
  const committed: Sent = {
    kind: "committed",
    replayed: false,
    version: 3,
    body: new Uint8Array(),
  };
  for (const next of [{ kind: "stored" }, committed] satisfies Sent[]) {
    const recent = new RecentRefusals();
    assert.equal(recent.find(query), undefined);
    recent.note(command, rejected("forbidden"));
    assert.deepEqual(recent.find(query), { code: "forbidden", detail: "No" });
    recent.note(command, next);
    assert.equal(recent.find(query), undefined);
  }
});

Deno.test("a rejection is of the command itself only", () => {
  const recent = new RecentRefusals();
  recent.note(command, rejected("idempotency-mismatch"));
  assert.equal(recent.find(query), undefined);
  recent.note(command, rejected("forbidden"));
  recent.note(command, rejected("idempotency-mismatch"));
  assert.equal(recent.find(query)?.code, "forbidden");
});

Deno.test("only the sender is told, and only of the right group", () => {
  const recent = new RecentRefusals();
  recent.note(command, rejected("forbidden"));
  assert.equal(recent.find({ ...query, userId: "ben" }), undefined);
  assert.equal(recent.find({ ...query, groupId: "g2" }), undefined);
});

Deno.test("what was not stored, or perhaps not, is no rejection", () => {
  const recent = new RecentRefusals();
  recent.note(command, { kind: "unknown" });
  recent.note(command, { kind: "refused", problem: { code: "unavailable", detail: "No" } });
  assert.equal(recent.find(query), undefined);
});

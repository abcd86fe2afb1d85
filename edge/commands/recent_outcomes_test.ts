import assert from "node:assert/strict";
import type { Command, ProblemCode } from "../../actors/protocol/mod.ts";
import type { Sent } from "./mailbox.ts";
import { RecentOutcomes } from "./recent_outcomes.ts";

const command: Command = {
  command_id: "c1",
  group_id: "g1",
  actor: "ana",
  type: "todo.create",
  payload: { title: "Flowers" },
};
const query = { commandId: "c1", groupId: "g1", userId: "ana" };

function rejected(code: ProblemCode): Sent {
  return { kind: "rejected", problem: { code, detail: "No" } };
}

Deno.test("a stored command is pending until its outcome is known", () => {
  const recent = new RecentOutcomes();
  assert.equal(recent.find(query), undefined);
  recent.note(command, { kind: "stored" });
  assert.deepEqual(recent.find(query), { kind: "pending" });
  recent.note(command, { kind: "committed", replayed: false, version: 3, body: new Uint8Array() });
  assert.equal(recent.find(query), undefined, "the read model tells the rest");
});

Deno.test("a rejection is remembered, of the command itself only", () => {
  const recent = new RecentOutcomes();
  recent.note(command, { kind: "stored" });
  recent.note(command, rejected("idempotency-mismatch"));
  assert.deepEqual(recent.find(query), { kind: "pending" });
  recent.note(command, rejected("forbidden"));
  assert.deepEqual(recent.find(query), rejected("forbidden"));
});

Deno.test("only the sender is told, and only of the right group", () => {
  const recent = new RecentOutcomes();
  recent.note(command, { kind: "stored" });
  assert.equal(recent.find({ ...query, userId: "ben" }), undefined);
  assert.equal(recent.find({ ...query, groupId: "g2" }), undefined);
});

Deno.test("what was not stored, or perhaps not, is not called pending", () => {
  const recent = new RecentOutcomes();
  recent.note(command, { kind: "unknown" });
  recent.note(command, { kind: "refused", problem: { code: "unavailable", detail: "No" } });
  assert.equal(recent.find(query), undefined);
});

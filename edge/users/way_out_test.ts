import assert from "node:assert/strict";
import { parseCommand } from "../../actors/protocol/mod.ts";
import { wayOut } from "./way_out.ts";

Deno.test("a member leaves, an owner hands over first, and a group without anybody else goes", () => {
  const leave = { type: "member.remove", payload: { user_id: "ana" } };
  const out = (role: "owner" | "admin" | "member", heir: string | null) =>
    wayOut("ana", { group_id: "g", role, heir });
  assert.deepEqual(out("member", null), leave);
  assert.deepEqual(out("admin", null), leave);
  assert.deepEqual(out("owner", null), { type: "group.delete", payload: {} });
  assert.deepEqual(out("owner", "ben"), {
    type: "batch",
    payload: { commands: [{ type: "group.transfer", payload: { user_id: "ben" } }, leave] },
  });
  for (const command of [out("member", null), out("owner", null), out("owner", "ben")]) {
    assert.ok(parseCommand(command).ok);
  }
});

import assert from "node:assert/strict";
import { presenceSaidSubject, presenceSubject } from "./presence.ts";

Deno.test("presence of a group has subjects of its own", () => {
  assert.equal(presenceSubject("g-1"), "svc.presence.group.g-1");
  assert.equal(presenceSaidSubject("g-1"), "svc.presence.said.g-1");
});

Deno.test("an id that would address other groups makes no subject", () => {
  for (const id of ["", "*", ">", "a.b", "a b", "x".repeat(65)]) {
    assert.throws(() => presenceSubject(id), RangeError);
    assert.throws(() => presenceSaidSubject(id), RangeError);
  }
});

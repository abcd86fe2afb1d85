import assert from "node:assert/strict";
import { SYSTEM_ACTOR } from "../../actors/protocol/mod.ts";
import { DELETED_USER, shownName } from "./shown_name.ts";

Deno.test("who has an account has its name, a deleted one is told, and timers have none", () => {
  assert.equal(shownName("ana-id", "ana"), "ana");
  assert.equal(shownName("ana-id", null), DELETED_USER);
  assert.equal(shownName("ana-id", undefined), DELETED_USER);
  assert.equal(shownName(SYSTEM_ACTOR, null), "");
});

Deno.test("no account can have the name that stands for deleted ones", () => {
  assert.doesNotMatch(DELETED_USER, /^[A-Za-z0-9._-]{3,64}$/);
});

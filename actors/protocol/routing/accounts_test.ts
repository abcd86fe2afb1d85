import assert from "node:assert/strict";
import { ACCOUNT_SUBJECTS, accountSubject } from "./accounts.ts";
import { SESSION_ENDS } from "./sessions.ts";

Deno.test("events of accounts and sessions have subjects that the stream's subjects cover", () => {
  assert.equal(accountSubject({ user: "u-1", verb: "deleted" }), "auth.user.u-1.deleted");
  assert.equal(accountSubject({ session: "s_1", verb: "created" }), "auth.session.s_1.created");
  assert.deepEqual(ACCOUNT_SUBJECTS, [
    "auth.user.*.created",
    "auth.user.*.updated",
    "auth.user.*.deleted",
    "auth.session.*.created",
    "auth.session.*.invalidated",
  ]);
  assert.ok(!ACCOUNT_SUBJECTS.includes(SESSION_ENDS), "notices are not stored");
});

Deno.test("an id that would address others makes no subject", () => {
  for (const id of ["", "*", ">", "a.b", "a b", "x".repeat(65)]) {
    assert.throws(() => accountSubject({ user: id, verb: "created" }), RangeError);
    assert.throws(() => accountSubject({ session: id, verb: "created" }), RangeError);
  }
});

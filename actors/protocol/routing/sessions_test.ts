import assert from "node:assert/strict";
import { endedSession, SESSION_ENDS, sessionEndSubject } from "./sessions.ts";

Deno.test("the end of a session has a subject that names it and lies below that of all ends", () => {
  const subject = sessionEndSubject("s-1_A");
  assert.equal(subject, "auth.session.s-1_A.revoked");
  assert.equal(endedSession(subject), "s-1_A");
  assert.equal(SESSION_ENDS, "auth.session.*.revoked");
});

Deno.test("an id that would address other sessions makes no subject, and is read from none", () => {
  for (const id of ["", "*", ">", "a.b", "a b", "a\r\n", "$&", "$'", "x".repeat(65)]) {
    assert.throws(() => sessionEndSubject(id), RangeError, JSON.stringify(id));
    assert.equal(endedSession(`auth.session.${id}.revoked`), undefined, JSON.stringify(id));
  }
  for (
    const subject of ["auth.session.s.ended", "auth.user.s.revoked", "x.auth.session.s.revoked"]
  ) {
    assert.equal(endedSession(subject), undefined, subject);
  }
});

import assert from "node:assert/strict";
import { EndedSessions } from "./ended_sessions.ts";

Deno.test("an ended session is remembered until its last token has expired, and no other is", () => {
  const sessions = new EndedSessions({ accessTokenMs: 900_000, max: 10 });
  sessions.add("s-1", 0);
  assert.equal(sessions.has("s-1", 0), true);
  assert.equal(sessions.has("s-2", 0), false);
  // A verified token counts for five seconds beyond its own end.
  assert.equal(sessions.has("s-1", 905_000), true);
  assert.equal(sessions.has("s-1", 960_000), false);
});

Deno.test("of too many ended sessions the one that ended first is forgotten, asked for or not", () => {
  const sessions = new EndedSessions({ accessTokenMs: 900_000, max: 3 });
  for (const id of ["s-1", "s-2", "s-3"]) sessions.add(id, 0);
  assert.equal(sessions.has("s-1", 1), true);
  sessions.add("s-4", 1);
  const known = ["s-1", "s-2", "s-3", "s-4"].filter((id) => sessions.has(id, 1));
  assert.deepEqual(known, ["s-2", "s-3", "s-4"]);
});

import assert from "node:assert/strict";
import { createEndedSessions } from "./access.ts";

Deno.test("an ended session is remembered until its last token has expired, and no other is", () => {
  let now = 0;
  const sessions = createEndedSessions(900_000, { now: () => now });
  sessions.add("s-1");
  assert.equal(sessions.has("s-1"), true);
  assert.equal(sessions.has("s-2"), false);
  // A verified token counts for five seconds beyond its own end.
  now = 905_000;
  assert.equal(sessions.has("s-1"), true);
  now = 960_000;
  assert.equal(sessions.has("s-1"), false);
});

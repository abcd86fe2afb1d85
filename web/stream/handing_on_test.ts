/** Which frames are for which tabs. */
import assert from "node:assert/strict";
import { address, isFinal } from "./handing_on.ts";

const ID = "e1-a:4.40,b:7.70";
const addressed = (event: string, data: unknown) =>
  address({ event, data: JSON.stringify(data), id: ID });

Deno.test("a frame that moves a group has the cursor of that group, any other has none", () => {
  const snapshot = addressed("snapshot", { id: "a", todos: [] });
  assert.deepEqual([snapshot.groupId, snapshot.frame.id], ["a", "e1-a:4.40"]);
  const events = addressed("todo-event", [{ source: "/groups/b" }, { source: "/groups/b" }]);
  assert.deepEqual([events.groupId, events.frame.id], ["b", "e1-b:7.70"]);
  for (const event of ["reset", "revoked", "presence"]) {
    const { groupId, frame } = addressed(event, { group_id: "b" });
    assert.deepEqual([groupId, frame.id, frame.event], ["b", "", event]);
  }
});

Deno.test("a farewell is for nobody's group, and final when nobody is to come back", () => {
  const bye = addressed("bye", { reason: "rotated", retry: "now", cursor: ID });
  assert.deepEqual([bye.groupId, bye.frame.id], [undefined, ""]);
  assert.ok(!isFinal(bye.frame));
  assert.ok(isFinal(addressed("bye", { reason: "disconnected", retry: "stop" }).frame));
  assert.equal(addressed("of-a-newer-server", {}).groupId, undefined);
});

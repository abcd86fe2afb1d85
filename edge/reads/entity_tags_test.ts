import assert from "node:assert/strict";
import { groupTag, todoTag } from "./entity_tags.ts";

Deno.test("a tag names the version, and the changes of names once there are any", () => {
  const view = { version: 4, isMember: true, nameChanges: 0 };
  assert.deepEqual([groupTag(view), todoTag(3, view)], ['"g4"', '"v3"']);
  const renamed = { ...view, nameChanges: 2 };
  assert.deepEqual([groupTag(renamed), todoTag(3, renamed)], ['"g4.2"', '"v3.2"']);
});

import assert from "node:assert/strict";
import { groupTag, listTag, readerTag, todoTag } from "./entity_tags.ts";

Deno.test("the tag of a list is another one when anything that it tells is", () => {
  assert.match(listTag("a"), /^"l[A-Za-z0-9_-]{22}"$/);
  assert.equal(listTag("a"), listTag("a"));
  assert.notEqual(listTag("a"), listTag("b"));
});

Deno.test("a tag names the version, and the changes of names once there are any", () => {
  const view = { version: 4, isMember: true, nameChanges: 0 };
  assert.deepEqual([groupTag(view), todoTag(3, view)], ['"g4"', '"v3"']);
  const renamed = { ...view, nameChanges: 2 };
  assert.deepEqual([groupTag(renamed), todoTag(3, renamed)], ['"g4.2"', '"v3.2"']);
});

Deno.test("what is told to some only has a tag of theirs, which names the version all the same", () => {
  const view = { version: 4, isMember: true, nameChanges: 2 };
  assert.equal(readerTag(view, "owner"), '"g4.2~owner"');
  assert.match(readerTag(view, "member", "ana"), /^"g4\.2~member-[\w-]{22}"$/);
  assert.notEqual(readerTag(view, "member", "ana"), readerTag(view, "member", "ben"));
});

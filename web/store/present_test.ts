/** Who else is present. */
import assert from "node:assert/strict";
import { editorsIn, nameSome, othersIn, type Present } from "./present.ts";

const viewing = (user_id: string): Present => ({ user_id, state: "viewing" });
const editing = (user_id: string, todo_id: string): Present => ({
  user_id,
  state: "editing",
  todo_id,
});

Deno.test("oneself is not among the others, and they keep their order whoever edits", () => {
  const told = {
    group_id: "g",
    count: 3,
    users: [editing("c", "t1"), viewing("a"), viewing("me")],
  };
  const others = othersIn(told, "me");
  assert.equal(others.count, 2);
  assert.deepEqual(others.listed.map(({ user_id }) => user_id), ["a", "c"]);
  assert.deepEqual(othersIn({ group_id: "g", count: 1, users: [viewing("me")] }, "me").count, 0);
});

Deno.test("of a crowd the others are a number, oneself not among them", () => {
  assert.deepEqual(othersIn({ group_id: "g", count: 1_000 }, "me"), { count: 999, listed: [] });
  const users = Array.from({ length: 200 }, (_, n) => viewing(`u${n}`));
  assert.equal(othersIn({ group_id: "g", count: 300, users }, "me").count, 299);
  assert.equal(othersIn({ group_id: "g", count: 300, users }, "u7").count, 299);
  assert.equal(othersIn({ group_id: "g", count: 2, users: users.slice(0, 2) }, "me").count, 2);
});

Deno.test("a todo may be edited by several people", () => {
  const editors = editorsIn([
    editing("a", "t1"),
    editing("b", "t2"),
    editing("c", "t1"),
    viewing("d"),
  ]);
  assert.deepEqual([...editors], [["t1", ["a", "c"]], ["t2", ["b"]]]);
});

Deno.test("people are named as in a sentence, and of many the first ones", () => {
  assert.equal(nameSome([]), "");
  assert.equal(nameSome(["ana"]), "ana");
  assert.equal(nameSome(["ana", "ben"]), "ana and ben");
  assert.equal(nameSome(["ana", "ben", "cem"]), "ana, ben and cem");
  assert.equal(nameSome(["a", "b", "c", "d", "e", "f"]), "a, b, c, d, e and 1 other");
  assert.equal(nameSome(["ana"], 200), "ana and 199 others");
  assert.equal(nameSome([], 1_234), "1234 others");
});

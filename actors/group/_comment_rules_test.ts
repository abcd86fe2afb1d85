import assert from "node:assert/strict";
import { COMMENT_MAX_CHARS, COMMENTS_PER_TODO, COMMIT_MAX_BYTES } from "../protocol/mod.ts";
import { type Scenario, team } from "./_scenario.ts";

function withTodo(): Scenario {
  const group = team();
  group.ok("ana", "todo.create", { todo_id: "a", title: "a" });
  return group;
}

Deno.test("every member may comment on every todo, and the todo's version moves on", () => {
  const group = withTodo();
  const [event] = group.ok("mia", "comment.add", { todo_id: "a", text: "When?" });
  const comment = {
    id: event?.causationid,
    text: "When?",
    author: "mia",
    created_at: event?.time,
  };
  assert.deepEqual(event?.data, { todo_id: "a", comment });
  assert.deepEqual(group.todo("a").comments, [comment]);
  assert.equal(group.todo("a").version, group.state.version);
  assert.equal(group.todo("a").updated_by, "mia");
});

Deno.test("an edit keeps both texts, a deletion the whole comment", () => {
  const group = withTodo();
  group.ok("mia", "comment.add", { todo_id: "a", comment_id: "k", text: "x" });
  const [edited] = group.ok("mia", "comment.edit", { todo_id: "a", comment_id: "k", text: "y" });
  assert.deepEqual(edited?.data, {
    todo_id: "a",
    comment_id: "k",
    changes: { text: { from: "x", to: "y" }, edited_at: { to: edited?.time } },
  });
  const [comment] = group.todo("a").comments ?? [];
  assert.equal(comment?.edited_at, edited?.time);
  const [deleted] = group.ok("ada", "comment.delete", { todo_id: "a", comment_id: "k" });
  assert.deepEqual(deleted?.data, { todo_id: "a", comment });
  assert.equal("comments" in group.todo("a"), false);
});

Deno.test("a comment needs its todo, its id and room", () => {
  const group = withTodo();
  group.refused("not-found", "mia", "comment.add", { todo_id: "b", text: "x" });
  group.refused("not-found", "mia", "comment.edit", { todo_id: "a", comment_id: "k", text: "x" });
  group.refused("not-found", "mia", "comment.delete", { todo_id: "a", comment_id: "k" });
  for (let n = 0; n < COMMENTS_PER_TODO; n++) {
    group.ok("mia", "comment.add", { todo_id: "a", comment_id: `k${n}`, text: "x" });
  }
  group.refused("conflict", "mia", "comment.add", { todo_id: "a", comment_id: "k0", text: "x" });
  group.refused("conflict", "mia", "comment.add", { todo_id: "a", text: "x" });
});

Deno.test("a todo never grows so large that it could not be deleted", () => {
  const group = withTodo();
  // Text that JSON writes six times as long.
  const text = "\u0001".repeat(COMMENT_MAX_CHARS);
  let taken = 0;
  while (group.decide("mia", "comment.add", { todo_id: "a", text }).kind === "accepted") taken++;
  assert.ok(taken > 20 && taken < COMMENTS_PER_TODO);
  group.refused("too-large", "mia", "comment.add", { todo_id: "a", text });
  const events = group.ok("ana", "todo.delete", { todo_id: "a" });
  assert.ok(JSON.stringify(events).length < COMMIT_MAX_BYTES);
  group.ok("ana", "todo.restore", { todo_id: "a" });
});

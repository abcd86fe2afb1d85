import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCommand, ProblemError } from "../../actors/protocol/mod.ts";
import { bodyFor, parseTodo1m } from "./todo1m.ts";

Deno.test("each action becomes the native command of its kind", () => {
  const target = { group_id: "g", todo_id: "t" };
  const cases: [Record<string, unknown>, unknown][] = [
    [{ group_id: "g", title: " A " }, {
      type: "todo.create",
      payload: { todo_id: "c", title: "A" },
    }],
    [
      { ...target, action: "CREATE-todo", title: "A" },
      { type: "todo.create", payload: { todo_id: "t", title: "A" } },
    ],
    [
      { ...target, action: " update-todo\n", title: "B" },
      { type: "todo.update", payload: { todo_id: "t", title: "B" } },
    ],
    [
      { ...target, action: "delete-todo", title: "ignored" },
      { type: "todo.delete", payload: { todo_id: "t" } },
    ],
  ];
  for (const [body, expected] of cases) {
    const { native, groupId } = parseTodo1m(body);
    assert.equal(groupId, "g");
    assert.deepEqual(bodyFor(native, "c"), expected);
  }
});

Deno.test("whatever is accepted is a valid native command; nothing else escapes but a problem", () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("g", "create-todo", "update-todo", "delete-todo"),
  );
  const value = fc.oneof(text, fc.constant(undefined), fc.anything());
  const body = fc.record({ action: text, group_id: value, todo_id: value, title: value });
  fc.assert(fc.property(fc.oneof(body, fc.anything()), (input) => {
    try {
      const { native, groupId } = parseTodo1m(input);
      const { type, payload } = bodyFor(native, "01a1fe61-0b56-7110-9383-857a10cf9322");
      assert.equal(parseCommand({ type, payload, group_id: groupId }).ok, true);
    } catch (error) {
      assert.ok(error instanceof ProblemError, String(error));
    }
  }));
});

Deno.test("problems point at the fields the client sent", () => {
  try {
    parseTodo1m({ group_id: "g", title: "x".repeat(501) });
    assert.fail("accepted");
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.problem.errors?.[0]?.pointer, "/title");
    assert.doesNotMatch(error.problem.detail, /payload/);
  }
});

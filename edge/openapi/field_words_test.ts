import assert from "node:assert/strict";
import { allSchemas } from "./document.ts";

/** What a newcomer meets first. */
const FIRST = [
  "ChecklistItem",
  "Column",
  "CommittedCommand",
  "Credentials",
  "Due",
  "Group",
  "GroupSummary",
  "GroupToMake",
  "Label",
  "Problem",
  "Recurrence",
  "Session",
  "Todo",
  "TodoCreateCommand",
  "TodoCreatePayload",
  "TodoInList",
  "TodoUpdatePayload",
  "todo.created",
];
const schemas = allSchemas();

Deno.test("the fields that a newcomer meets first say what they mean", () => {
  const untold = FIRST.flatMap((name) =>
    Object.entries(schemas[name]?.["properties"] ?? assert.fail(name))
      .filter(([, field]) => typeof field.description !== "string")
      .map(([field]) => `${name}.${field}`)
  );
  assert.deepEqual(untold, []);
});

Deno.test("a name that means several things has the words of its schema", () => {
  const words = (name: string, field: string) =>
    (schemas[name]?.["properties"] as Record<string, { description: string }>)[field]?.description;
  assert.match(words("Due", "time") ?? "", /HH:MM/);
  assert.match(words("Problem", "title") ?? "", /code/);
  assert.match(words("Todo", "status") ?? "", /column/);
});

/** What the document says of commands is what the code does: both take the same, and refuse the same. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { COMMENT_MAX_CHARS, parseCommand, TITLE_MAX_CHARS } from "../../actors/protocol/mod.ts";
import { bodyOf, history } from "../../actors/group/testing/mod.ts";
import { reference } from "./_json_schema.ts";
import { allSchemas } from "./document.ts";
import { SchemaChecks } from "./testing/mod.ts";

const checks = new SchemaChecks({ components: { schemas: allSchemas() } });

function fits(schema: string, value: unknown): boolean {
  return checks.faults(reference(schema), value) === "";
}

/** Whether the code takes `body` as a command; a group is named by the route's own rule. */
function isTaken(body: Record<string, unknown>): boolean {
  const hasGroup = body["group_id"] !== undefined || body["type"] === "group.create";
  return hasGroup && parseCommand(body).ok;
}

/** What is changed about a good command. */
const change = fc.constantFrom<(body: Record<string, unknown>) => Record<string, unknown>>(
  (body) => body,
  (body) => ({ ...body, extra: 1 }),
  (body) => ({ ...body, payload: { ...body["payload"] as object, extra: 1 } }),
  (body) => ({ ...body, payload: {} }),
  (body) => ({ ...body, payload: null }),
  (body) => ({ ...body, type: "todo.dance" }),
  (body) => ({ ...body, group_id: "a b" }),
  (body) => ({ ...body, group_id: undefined }),
  (body) => ({ ...body, command_id: "no uuid" }),
  (body) => ({ ...body, command_id: "01a1ffcf-c4bc-72f5-a303-0d8c2444c4af" }),
  (body) => ({ ...body, expected_version: -1 }),
  (body) => ({ ...body, expected_version: 7 }),
  (body) => {
    const payload = body["payload"] as object;
    const [first] = Object.keys(payload);
    return { ...body, payload: { ...payload, ...(first ? { [first]: ["no", 1] } : {}) } };
  },
);

Deno.test("the document counts characters as the code does", () => {
  const create = (title: string) => ({ type: "todo.create", group_id: "g", payload: { title } });
  for (const [characters, isGood] of [[TITLE_MAX_CHARS, true], [TITLE_MAX_CHARS + 1, false]]) {
    const body = create("🌱".repeat(Number(characters)));
    assert.deepEqual([fits("NativeCommand", body), isTaken(body)], [isGood, isGood]);
  }
  const { Description, CommentText } = allSchemas();
  assert.match(String(Description?.["description"]), /bytes of UTF-8/);
  assert.equal(CommentText?.["maxLength"], COMMENT_MAX_CHARS);
});

Deno.test("texts are judged as they are sent, and so does the document: space around them counts", () => {
  const ends = ["", " ", "\n", "\t", "\u00a0", "\ufeff", "\u001f", "\u0085", " ".repeat(600)];
  const counts = { taken: 0, refused: 0 };
  for (const [before, text, after] of ends.flatMap((a) => ends.map((b) => [a, "a", b] as const))) {
    const title = before + text + after;
    const bodies = [
      { type: "todo.create", group_id: "g", payload: { title } },
      { type: "group.create", payload: { name: title } },
      { type: "todo.update", group_id: "g", payload: { todo_id: "t", title: before + after } },
    ];
    for (const body of bodies) {
      const isGood = isTaken(body);
      assert.equal(fits("NativeCommand", body), isGood, JSON.stringify(body));
      counts[isGood ? "taken" : "refused"]++;
    }
  }
  assert.ok(counts.taken > 20 && counts.refused > 100, JSON.stringify(counts));
});

Deno.test("the document tells what is over several fields: something to change, one neighbour", () => {
  const bodies: [type: string, payload: object, isGood: boolean][] = [
    ["todo.update", {}, false],
    ["todo.update", { completed: true }, true],
    ["todo.move", { status: "done" }, true],
    ["todo.move", { status: "done", before: "a" }, true],
    ["todo.move", { status: "done", before: "a", after: "b" }, false],
  ];
  for (const [type, fields, isGood] of bodies) {
    const body = { type, group_id: "g", payload: { todo_id: "t", ...fields } };
    assert.deepEqual([fits("NativeCommand", body), isTaken(body)], [isGood, isGood], type);
  }
});

Deno.test("the document takes instants that exist, as the code does", () => {
  const reminder = (at: string) => ({
    type: "todo.update",
    group_id: "g",
    payload: { todo_id: "t", reminders: [{ id: "r", at }] },
  });
  const instants = ["2026-11-30T09:00:00Z", "2026-11-30T09:00:00.123Z", "2027-02-30T09:00:00Z"];
  instants.push("2026-11-30T24:00:00Z", "2026-12-31T23:59:60Z", "2026-11-30T09:00:00+01:00");
  for (const [index, at] of instants.entries()) {
    const isGood = index < 2;
    assert.deepEqual(
      [fits("NativeCommand", reminder(at)), isTaken(reminder(at))],
      [isGood, isGood],
      at,
    );
  }
});

Deno.test("the document takes the native commands that the code takes, and refuses the others", () => {
  const id = "01a1ffcf-c4bc-72f5-a303-0d8c2444c4af";
  let taken = 0;
  fc.assert(
    fc.property(history(12), change, (steps, changed) => {
      for (const step of steps) {
        const { type, payload } = bodyOf(step, [id]);
        const body = JSON.parse(JSON.stringify(changed({ type, payload, group_id: "g" })));
        if (isOverSeveral(body)) continue;
        const isGood = isTaken(body);
        assert.equal(fits("NativeCommand", body), isGood, JSON.stringify(body));
        if (isGood) taken++;
      }
    }),
    { numRuns: 150 },
  );
  assert.ok(taken > 100, `${taken}`);
});

/** Whether what is wrong with `body`, if anything, is told by no single field. */
function isOverSeveral(body: Record<string, unknown>): boolean {
  const parsed = parseCommand(body);
  return !parsed.ok && (parsed.problem.errors ?? []).some(({ code }) => code === "check");
}

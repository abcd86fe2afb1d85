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

/**
 * Random commands by random people about a few todos, so that they meet: the senders include a
 * stranger, the ids some that collide with names of the language.
 */
import fc from "fast-check";
import type { CommandBody, SingleCommandBody } from "../protocol/mod.ts";
import { type Scenario, team } from "./_scenario.ts";

export const PEOPLE = ["ana", "ada", "mia", "max", "zoe"] as const;

/** One step of a random history; `back` says which earlier command an undo or redo names. */
export type Step =
  & { readonly actor: string; readonly expected_version?: number }
  & (CommandBody | { readonly type: "undo" | "redo"; readonly back: number });

/** Mostly members; zoe is a stranger until somebody adds her. */
const person = fc.constantFrom(...PEOPLE, "ana", "ana", "ana", "ana", "ada", "ada");
const todoId = fc.constantFrom("a", "a", "a", "b", "b", "c", "__proto__");
const commentId = fc.constantFrom("k1", "k1", "k2");
const text = fc.constantFrom("x", "y", "z");
const status = fc.constantFrom("todo", "doing", "done", "todo", "doing", "done", "later");
const labelId = fc.constantFrom("hot", "cold");
const rule = fc.constantFrom(
  "FREQ=DAILY",
  "FREQ=WEEKLY;BYDAY=MO,FR",
  "FREQ=MONTHLY;BYMONTHDAY=31",
  "FREQ=YEARLY",
);

const instant = fc.constantFrom("2026-03-02T10:00:00Z", "2027-01-01T00:00:00Z");

/** Most fields of most commands are left out: `without` times as many as there are with them. */
function optional<T>(value: fc.Arbitrary<T>, without = 4): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: fc.constant(undefined), weight: without }, {
    arbitrary: value,
    weight: 1,
  });
}

/** A record whose `undefined` fields are left out, as JSON has it. */
function compact<T extends object>(record: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return record.map((value) => JSON.parse(JSON.stringify(value)) as T);
}

const fields = {
  description: optional(text),
  status: optional(status),
  priority: optional(fc.constantFrom(1, 2, 3, 4)),
  due: optional(fc.constantFrom({ date: "2026-01-31" }, { date: "2026-03-29", time: "02:30" })),
  recurrence: optional(
    fc.record({ rule, anchor: fc.constantFrom("schedule" as const, "completion" as const) }),
  ),
  reminders: optional(
    fc.uniqueArray(
      fc.oneof(
        fc.record({ id: fc.constantFrom("r1", "r2"), at: instant }),
        fc.record({ id: fc.constantFrom("r1", "r3"), before_due_minutes: fc.constantFrom(0, 90) }),
      ),
      { selector: ({ id }) => id, maxLength: 3 },
    ),
    1,
  ),
  assignee: optional(person),
  labels: optional(fc.uniqueArray(labelId)),
  checklist: optional(fc.constant([{ id: "1", text: "x", done: true }])),
};
const placement = optional(
  fc.oneof(fc.record({ before: todoId }), fc.record({ after: todoId })),
);
const cleared = fc.dictionary(
  fc.constantFrom(
    ...["description", "priority", "due", "recurrence", "reminders", "assignee", "labels"] as const,
  ),
  fc.constant(null),
);

function body(type: string, payload: fc.Arbitrary<object>): fc.Arbitrary<SingleCommandBody> {
  return compact(payload).map((value) => ({ type, payload: value } as SingleCommandBody));
}

const target = fc.record({ todo_id: todoId });
const columns = fc.uniqueArray(fc.constantFrom("todo", "doing", "done", "later"), { minLength: 1 })
  .map((ids) => ({ columns: ids.map((id) => ({ id, title: id })) }));
const labels = fc.uniqueArray(labelId)
  .map((ids) => ({ labels: ids.map((id) => ({ id, name: id, color: "#112233" })) }));
const role = fc.constantFrom("admin", "member");
const member = fc.record({ user_id: person });

const todoBodies = [
  body(
    "todo.create",
    fc.tuple(fc.record({ todo_id: optional(todoId), title: text, ...fields }), placement)
      .map(([todo, place]) => ({ ...todo, ...place })),
  ),
  body(
    "todo.update",
    fc.tuple(
      fc.record({ todo_id: todoId, title: text, completed: optional(fc.boolean()), ...fields }),
      cleared,
    ).map(([todo, nulls]) => ({ ...todo, ...nulls })),
  ),
  body("todo.complete", target),
  body("todo.reopen", target),
  body(
    "todo.move",
    fc.tuple(fc.record({ todo_id: todoId, status }), placement)
      .map(([todo, place]) => ({ ...todo, ...place })),
  ),
  body("todo.delete", target),
  body("todo.restore", target),
  body("comment.add", fc.record({ todo_id: todoId, comment_id: optional(commentId), text })),
  body("comment.edit", fc.record({ todo_id: todoId, comment_id: commentId, text })),
  body("comment.delete", fc.record({ todo_id: todoId, comment_id: commentId })),
];
const groupBodies = [
  body("group.rename", fc.record({ name: text })),
  body("group.update_columns", columns),
  body("group.update_labels", labels),
  body("group.transfer", member),
  body("member.add", fc.record({ user_id: person, role })),
  body("member.change_role", fc.record({ user_id: person, role })),
  body("member.remove", member),
];
/** Deleting a group ends most of what can happen in it, so it is rare; restoring is not. */
const ending = fc.oneof(
  { arbitrary: body("group.delete", fc.constant({})), weight: 1 },
  { arbitrary: body("group.restore", fc.constant({})), weight: 3 },
);
/** A command that may stand in a batch; todos are touched more often than the group. */
const single = fc.oneof(
  { arbitrary: fc.oneof(...todoBodies), weight: 30 },
  { arbitrary: fc.oneof(...groupBodies), weight: 8 },
  { arbitrary: ending, weight: 2 },
);
const batch: fc.Arbitrary<CommandBody> = fc.array(single, { minLength: 1, maxLength: 4 })
  .map((commands) => ({ type: "batch", payload: { commands } }));

/** A command that does something, as opposed to one that takes something back. */
export const doing: fc.Arbitrary<Step> = fc.tuple(
  person,
  fc.oneof({ arbitrary: single, weight: 5 }, { arbitrary: batch, weight: 1 }),
).map(([actor, command]) => ({ actor, ...command }));

const takingBack: fc.Arbitrary<Step> = fc.record({
  actor: person,
  type: fc.constantFrom("undo" as const, "redo" as const),
  back: fc.nat(5),
});

/** A history of up to `maxLength` commands. */
export function history(maxLength: number): fc.Arbitrary<Step[]> {
  const step = fc.oneof({ arbitrary: doing, weight: 6 }, { arbitrary: takingBack, weight: 1 });
  return fc.array(step, { maxLength, size: "max" });
}

/** The command a step amounts to, given the ids of the accepted commands so far. */
export function bodyOf(step: Step, accepted: readonly string[]): CommandBody {
  if (!("back" in step)) return step;
  const command_id = accepted.at(-1 - step.back) ?? accepted[0] ?? "";
  return { type: step.type, payload: { command_id } };
}

/** The team with two labels and two todos, one with a comment and a reminder, where histories begin. */
export function beginning(): Scenario {
  const group = team();
  group.ok("ana", "group.update_labels", {
    labels: ["hot", "cold"].map((id) => ({ id, name: id, color: "#112233" })),
  });
  const reminders = [{ id: "r1", at: "2026-03-02T10:00:00Z" }];
  group.ok("mia", "todo.create", { todo_id: "a", title: "x", reminders });
  group.ok("ana", "todo.create", { todo_id: "b", title: "x", labels: ["hot"] });
  group.ok("mia", "comment.add", { todo_id: "a", comment_id: "k1", text: "x" });
  return group;
}

/** The team after `steps`, with the ids of what was accepted. */
export function play(steps: readonly Step[]): { group: Scenario; accepted: string[] } {
  const group = beginning();
  const accepted: string[] = [];
  for (const step of steps) {
    const { type, payload } = bodyOf(step, accepted);
    const id = group.nextId();
    const decision = group.decide(step.actor, type, payload, { id });
    if (decision.kind === "accepted") accepted.push(id);
  }
  return { group, accepted };
}

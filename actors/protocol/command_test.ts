import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCommand, PAYLOADS } from "./command.ts";
import {
  BATCH_MAX_COMMANDS,
  COMMENT_MAX_CHARS,
  DESCRIPTION_MAX_BYTES,
  GROUP_NAME_MAX_CHARS,
  TITLE_MAX_CHARS,
} from "./limits.ts";

const ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

/** The pointers that a refused command's problem names. */
function faults(input: unknown): string[] {
  const parsed = parseCommand(input);
  if (parsed.ok) assert.fail(`accepted: ${JSON.stringify(input)}`);
  assert.equal(parsed.problem.code, "validation");
  assert.notEqual(parsed.problem.detail, "");
  return parsed.problem.errors?.map(({ pointer }) => pointer ?? "") ?? [];
}

function accepts(input: unknown): unknown {
  const parsed = parseCommand(input);
  return parsed.ok
    ? parsed.value
    : assert.fail(`${parsed.problem.detail}: ${JSON.stringify(input)}`);
}

/** A right payload of every command. */
const RIGHT: Record<keyof typeof PAYLOADS, object> = {
  "group.create": { name: "Garden" },
  "group.rename": { name: "Yard" },
  "group.update_columns": { columns: [{ id: "todo", title: "To do", wip_limit: 3 }] },
  "group.update_labels": { labels: [{ id: "hot", name: "Hot", color: "#Ff0000" }] },
  "group.delete": {},
  "group.restore": {},
  "group.transfer": { user_id: "mia" },
  "member.add": { user_id: "mia", role: "admin" },
  "member.change_role": { user_id: "mia", role: "member" },
  "member.remove": { user_id: "mia" },
  "todo.create": {
    todo_id: "a",
    title: "Water",
    description: "**now**",
    status: "todo",
    priority: 1,
    due: { date: "2028-02-29", time: "23:59", tz: "Europe/Berlin" },
    recurrence: {
      rule: "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR,2MO;BYMONTHDAY=-1",
      anchor: "schedule",
    },
    reminders: [{ id: "r", at: "2026-03-01T10:00:00Z" }, { id: "s", before_due_minutes: 0 }],
    assignee: "mia",
    labels: ["hot"],
    checklist: [{ id: "1", text: "Fetch can", done: false }],
    after: "b",
  },
  "todo.update": {
    todo_id: "a",
    title: "x",
    description: null,
    due: null,
    labels: [],
    completed: true,
  },
  "todo.complete": { todo_id: "a" },
  "todo.reopen": { todo_id: "a" },
  "todo.move": { todo_id: "a", status: "done", before: "b" },
  "todo.delete": { todo_id: "a" },
  "todo.restore": { todo_id: "a" },
  "comment.add": { todo_id: "a", comment_id: "k", text: "Two\nlines" },
  "comment.edit": { todo_id: "a", comment_id: "k", text: "x" },
  "comment.delete": { todo_id: "a", comment_id: "k" },
  "undo": { command_id: ID },
  "redo": { command_id: ID },
};

for (const [type, payload] of Object.entries(RIGHT)) {
  Deno.test(`${type}: is read as it was sent, and refused with a field nobody knows`, () => {
    const command = { command_id: ID, type, group_id: "g", expected_version: 0, payload };
    assert.deepEqual(accepts(command), command);
    assert.deepEqual(faults({ type, payload: { ...payload, extra: 1 } }), ["/payload/extra"]);
  });

  for (const field of Object.keys(payload)) {
    Deno.test(`${type}: a wrong "${field}" is pointed at`, () => {
      const [pointer] = faults({ type, payload: { ...payload, [field]: { no: "such" } } });
      assert.ok(pointer?.startsWith(`/payload/${field}`), pointer);
    });
  }
}

Deno.test("ids that would be wildcards or several tokens are refused everywhere", () => {
  for (const id of ["a.b", "*", ">", "", "a b", "a/b", "x".repeat(65), 5, null]) {
    assert.deepEqual(faults({ type: "todo.delete", payload: { todo_id: id } }), [
      "/payload/todo_id",
    ]);
    assert.deepEqual(faults({ type: "group.delete", group_id: id, payload: {} }), ["/group_id"]);
    assert.deepEqual(faults({ type: "member.remove", payload: { user_id: id } }), [
      "/payload/user_id",
    ]);
  }
});

Deno.test("ids named like parts of the language are ids", () => {
  for (const id of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const command = { type: "todo.delete", group_id: id, payload: { todo_id: id } };
    assert.deepEqual(accepts(command), command);
  }
});

Deno.test("fields named like parts of the language do not get through, and harm nobody", () => {
  for (const field of ["__proto__", "constructor", "toString", "prototype"]) {
    const text = `{"type":"todo.delete","payload":{"todo_id":"a","${field}":{"x":1}}}`;
    const parsed = parseCommand(JSON.parse(text));
    if (parsed.ok) assert.deepEqual(Object.keys(parsed.value.payload), ["todo_id"]);
  }
  assert.equal(({} as { x?: number }).x, undefined);
  assert.deepEqual(faults({ type: "__proto__", payload: {} }), ["/type"]);
  assert.deepEqual(faults({ type: "constructor", payload: {} }), ["/type"]);
});

Deno.test("what is no command envelope is refused, whatever it is", () => {
  for (const input of [undefined, null, 1, "x", [], {}, { type: "todo.delete" }, { payload: {} }]) {
    faults(input);
  }
  assert.deepEqual(faults({ type: "todo.delete", payload: { todo_id: "a" }, actor: "me" }), [
    "/actor",
  ]);
  assert.deepEqual(faults({ command_id: "x", type: "group.delete", payload: {} }), ["/command_id"]);
  assert.deepEqual(faults({ expected_version: -1, type: "group.delete", payload: {} }), [
    "/expected_version",
  ]);
  fc.assert(fc.property(fc.jsonValue(), (input) => void faults(input)));
});

Deno.test("clients cannot fire reminders, alone or in a batch, nor say that one has fired", () => {
  const payload = { todo_id: "a", reminder_id: "r", at: "2026-03-01T10:00:00.000Z" };
  const fire = { type: "reminder.fire", payload };
  assert.deepEqual(faults(fire), ["/type"]);
  assert.deepEqual(faults({ ...fire, actor: "system" }), ["/type", "/actor"]);
  assert.deepEqual(faults({ type: "batch", payload: { commands: [fire] } }), [
    "/payload/commands/0/type",
  ]);
  const fired = [{ id: "r", at: payload.at }];
  for (const type of ["todo.create", "todo.update"]) {
    const todo = { title: "a", ...(type === "todo.update" ? { todo_id: "a" } : {}) };
    assert.deepEqual(faults({ type, payload: { ...todo, fired_reminders: fired } }), [
      "/payload/fired_reminders",
    ]);
    assert.deepEqual(
      faults({
        type,
        payload: { ...todo, reminders: [{ id: "r", at: payload.at, fired_at: payload.at }] },
      }),
      ["/payload/reminders/0"],
    );
  }
});

Deno.test("every wrong field is named, not only the first", () => {
  const payload = { title: "", priority: 9, due: { date: "2026-02-30", time: "24:00" } };
  assert.deepEqual(faults({ type: "todo.create", payload }), [
    "/payload/title",
    "/payload/priority",
    "/payload/due/date",
    "/payload/due/time",
  ]);
});

Deno.test("titles are one trimmed line of 1 to 500 characters", () => {
  const create = (title: string) => ({ type: "todo.create", payload: { title } });
  assert.deepEqual(accepts(create("  Tea  ")), create("Tea"));
  accepts(create("x".repeat(TITLE_MAX_CHARS)));
  for (const title of ["", "   ", "a\nb", "a\u0000", "\ud800", "x".repeat(TITLE_MAX_CHARS + 1)]) {
    assert.deepEqual([...new Set(faults(create(title)))], ["/payload/title"]);
  }
});

Deno.test("characters are Unicode code points, whatever they take in UTF-16", () => {
  const create = (title: string) => ({ type: "todo.create", payload: { title } });
  accepts(create("🌱".repeat(TITLE_MAX_CHARS)));
  faults(create("🌱".repeat(TITLE_MAX_CHARS + 1)));
  const comment = (text: string) => ({ type: "comment.add", payload: { todo_id: "a", text } });
  accepts(comment("🌱".repeat(COMMENT_MAX_CHARS)));
  faults(comment("🌱".repeat(COMMENT_MAX_CHARS + 1)));
  const group = (name: string) => ({ type: "group.create", payload: { name } });
  accepts(group("🌱".repeat(GROUP_NAME_MAX_CHARS)));
  faults(group("🌱".repeat(GROUP_NAME_MAX_CHARS + 1)));
});

Deno.test("descriptions are measured in bytes", () => {
  const create = (description: string) => ({
    type: "todo.create",
    payload: { title: "a", description },
  });
  accepts(create("é".repeat(DESCRIPTION_MAX_BYTES / 2)));
  faults(create("é".repeat(DESCRIPTION_MAX_BYTES / 2) + "x"));
});

Deno.test("dates, times, zones and rules must exist", () => {
  const create = (fields: object) => ({ type: "todo.create", payload: { title: "a", ...fields } });
  for (
    const due of [{ date: "2027-02-29" }, { date: "1-1-1" }, { date: "2026-01-01", tz: "Mars" }]
  ) {
    faults(create({ due }));
  }
  for (const rule of ["", "FREQ=HOURLY", "FREQ=DAILY;COUNT=3", "FREQ=MONTHLY;BYMONTHDAY=32"]) {
    faults(create({ recurrence: { rule, anchor: "schedule" } }));
  }
});

Deno.test("a todo stands before or after another, not both", () => {
  faults({ type: "todo.create", payload: { title: "a", before: "b", after: "c" } });
  faults({ type: "todo.move", payload: { todo_id: "a", status: "s", before: "b", after: "c" } });
});

Deno.test("an update names at least one field, and clears only what is optional", () => {
  faults({ type: "todo.update", payload: { todo_id: "a" } });
  assert.deepEqual(faults({ type: "todo.update", payload: { todo_id: "a", title: null } }), [
    "/payload/title",
  ]);
});

Deno.test("member.add makes a member unless it says otherwise, and never an owner", () => {
  assert.deepEqual(accepts({ type: "member.add", payload: { user_id: "mia" } }), {
    type: "member.add",
    payload: { user_id: "mia", role: "member" },
  });
  for (const type of ["member.add", "member.change_role"]) {
    assert.deepEqual(faults({ type, payload: { user_id: "mia", role: "owner" } }), [
      "/payload/role",
    ]);
  }
});

Deno.test("a batch holds 1 to 100 commands, and a fault is pointed at inside it", () => {
  const item = { type: "todo.delete", payload: { todo_id: "a" } };
  const batch = (commands: unknown) => ({ type: "batch", payload: { commands } });
  assert.deepEqual(accepts(batch([item, item])), batch([item, item]));
  faults(batch([]));
  faults(batch(Array(BATCH_MAX_COMMANDS + 1).fill(item)));
  assert.deepEqual(faults(batch([item, { ...item, payload: { todo_id: "*" } }])), [
    "/payload/commands/1/payload/todo_id",
  ]);
  assert.deepEqual(faults(batch([{ ...item, command_id: ID }])), [
    "/payload/commands/0/command_id",
  ]);
});

Deno.test("a batch may say that it is atomic, which it is anyway, and nothing else", () => {
  const commands = [{ type: "todo.delete", payload: { todo_id: "a" } }];
  const payload = { commands };
  assert.deepEqual(accepts({ type: "batch", payload: { ...payload, atomic: true } }), {
    type: "batch",
    payload,
  });
  for (const atomic of [false, "true", 1, null]) {
    assert.deepEqual(faults({ type: "batch", payload: { ...payload, atomic } }), [
      "/payload/atomic",
    ]);
  }
});

Deno.test("a batch holds no batch, no undo and no new group", () => {
  for (const type of ["batch", "undo", "redo", "group.create"]) {
    const inner = { type, payload: { commands: [], command_id: ID, name: "x" } };
    assert.deepEqual(faults({ type: "batch", payload: { commands: [inner] } }), [
      "/payload/commands/0/type",
    ]);
  }
});

Deno.test("what is wrong is said in words that help, and briefly", () => {
  const told = (input: unknown) => {
    const parsed = parseCommand(input);
    return parsed.ok ? "" : parsed.problem.detail;
  };
  const create = (payload: object) => told({ type: "todo.create", payload });
  assert.equal(create({}), '"payload/title" is required');
  assert.equal(create({ titel: "x" }), '"payload/titel" is not known here; did you mean "title"?');
  assert.equal(create({ title: "x", colour: 1 }), '"payload/colour" is not known here');
  assert.equal(create({ title: 5 }), '"payload/title" must be a string, not 5');
  assert.equal(
    create({ title: "x", labels: {} }),
    '"payload/labels" must be a list, not an object',
  );
  assert.equal(
    create({ title: "x", priority: 9 }),
    '"payload/priority" must be one of 1, 2, 3, 4, not 9',
  );
  assert.equal(
    create({ title: "x", labels: Array(21).fill("a") }),
    '"payload/labels" must have at most 20 items',
  );
  assert.equal(
    create({ title: "x", due: { dat: "2027-01-01" } }),
    '"payload/due/dat" is not known here; did you mean "date"?',
  );
  assert.match(create({ title: "x", reminders: [{ id: "a" }] }), /either at or before_due_minutes/);
  assert.equal(
    told({ type: "todo.crate", payload: {} }),
    `"type" is "todo.crate", which is not one of the ${Object.keys(PAYLOADS).length + 1} known ` +
      'values; did you mean "todo.create"?',
  );
  assert.equal(
    told({ type: "group.delete", expected_version: -1, payload: {} }),
    '"expected_version" must be at least 0, not -1',
  );
  assert.equal(
    told({ type: "group.delete", expected_version: 1.5, payload: {} }),
    '"expected_version" must be a whole number, not 1.5',
  );
});

Deno.test("no message of the validator itself gets through", () => {
  fc.assert(fc.property(
    fc.constantFrom(...Object.keys(PAYLOADS)),
    fc.dictionary(fc.constantFrom("title", "todo_id", "due", "labels", "name"), fc.jsonValue()),
    (type, payload) => {
      const parsed = parseCommand({ type, payload });
      const messages = parsed.ok ? [] : parsed.problem.errors?.map(({ message }) => message) ?? [];
      for (const message of messages) assert.doesNotMatch(message, /^Invalid |Expected|never/);
    },
  ));
});

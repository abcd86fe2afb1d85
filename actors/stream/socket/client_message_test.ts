/** The parser of what clients say, with sense and with nonsense. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { PROBLEMS } from "../../protocol/mod.ts";
import { commandIdOf, parseClientMessage } from "./client_message.ts";

const parse = (value: unknown) => parseClientMessage(Buffer.from(JSON.stringify(value)));

const id = fc.option(fc.stringMatching(/^[a-z0-9]{1,64}$/), { nil: undefined });
const entity = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const groups = fc.array(entity, { minLength: 1, maxLength: 5 });
const message = fc.oneof(
  fc.record({ op: fc.constant("auth"), id, token: fc.stringMatching(/^[A-Za-z0-9.]{1,80}$/) }),
  fc.record({ op: fc.constant("sub"), id, group_ids: groups, presence: fc.boolean() }),
  fc.record({ op: fc.constant("unsub"), id, group_ids: groups }),
  fc.record({ op: fc.constant("cmd"), id, command: fc.constant({ type: "todo.create" }) }),
  fc.record({
    op: fc.constant("presence"),
    id,
    group_id: entity,
    state: fc.constantFrom("viewing", "editing"),
    todo_id: fc.option(entity, { nil: undefined }),
  }),
  fc.record({ op: fc.constant("ping"), id }),
);

Deno.test("a message that follows the rules is read as it was sent", () => {
  fc.assert(fc.property(message, (sent) => {
    const parsed = parse(sent);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.deepEqual(parsed.message, JSON.parse(JSON.stringify(sent)));
  }));
});

Deno.test("bytes that are no message are a problem that says why, whatever they are", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json({ maxDepth: 20 }).map((text) => Buffer.from(text)),
    fc.string().map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, (sent) => {
      const parsed = parseClientMessage(sent);
      if (parsed.ok) return;
      assert.ok(PROBLEMS[parsed.problem.code].status < 500);
      assert.ok(parsed.problem.detail.length > 0);
      assert.ok(parsed.problem.detail.length < 2_000);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("a message with one member changed is refused with a pointer to it, under its id", () => {
  const change = fc.record({ message, value: fc.anything({ maxDepth: 2 }), at: fc.nat() });
  fc.assert(
    fc.property(change, ({ message, value, at }) => {
      const names = Object.keys(message).filter((name) => name !== "id" && name !== "op");
      const name = names[at % Math.max(1, names.length)];
      const parsed = parse({ ...message, id: "m1", ...(name ? { [name]: value } : { more: 1 }) });
      // What cannot be parsed has no id.
      if (parsed.ok || parsed.problem.code === "malformed") return;
      assert.equal(parsed.id, "m1");
      const [error] = parsed.problem.errors ?? [];
      assert.ok(error?.pointer?.startsWith(`/${name ?? "more"}`), JSON.stringify(parsed.problem));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("what is too long, too deep or unknown is refused", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 20; i++) deep = [deep];
  const wrong = [
    null,
    [],
    "ping",
    {},
    { op: "PING" },
    { op: "ping", id: "" },
    { op: "ping", id: "x".repeat(65) },
    { op: "ping", id: 1 },
    { op: "ping", extra: true },
    { op: "auth" },
    { op: "auth", token: "x".repeat(5_000) },
    { op: "sub", group_ids: [] },
    { op: "sub", group_ids: ["a b"] },
    { op: "sub", group_ids: Array.from({ length: 101 }, (_, i) => `g${i}`) },
    { op: "sub", group_ids: ["g"], cursor: "x".repeat(9_000) },
    { op: "cmd", command: [] },
    { op: "cmd", command: deep },
    { op: "cmd", command: { a: deep } },
    { op: "presence", group_id: "g", state: "away" },
  ];
  for (const value of wrong) assert.equal(parse(value).ok, false, JSON.stringify(value));
  assert.equal(parseClientMessage(Buffer.from('{"op":"ping","__proto__":{}}')).ok, false);
});

Deno.test("only an id that can be one is taken for the command's", () => {
  const chosen = "01937d5f-0000-7000-8000-000000000002";
  assert.equal(commandIdOf({ command: { command_id: chosen } }), chosen);
  for (const command_id of [undefined, 7, "", "x", chosen.toUpperCase()]) {
    assert.equal(commandIdOf({ command: { command_id } }), undefined);
  }
});

import assert from "node:assert/strict";
import { decodeCommit, encodeCommit, encodeEvent } from "./commit.ts";
import type { GroupEvent } from "./event.ts";
import { type Committed, encodeCommitted } from "./outcome.ts";

const EVENT = {
  specversion: "1.0",
  id: "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
  type: "com.todo1m.group.updated",
  source: "/groups/g",
  subject: "group",
  time: "2026-03-02T09:00:00.000Z",
  datacontenttype: "application/json",
  dataschema: "/schemas/group.updated/1.json",
  sequence: "0000000007",
  partitionkey: "g",
  causationid: "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
  authid: "ana",
  commandhash: "h",
  data: { changes: { name: { from: 'é\n"', to: "💧\u2028" } } },
} as const satisfies GroupEvent;

Deno.test("a commit is one line of JSON, whatever its events say, and is read back", () => {
  const bytes = encodeCommit([encodeEvent(EVENT), encodeEvent(EVENT)]);
  assert.equal(bytes.includes(10), false);
  assert.deepEqual(decodeCommit(bytes), [EVENT, EVENT]);
});

Deno.test("bytes that are no commit are refused with their cause", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  for (const bytes of [encode(""), encode("[{]"), new Uint8Array([0x5b, 0xff, 0x5d])]) {
    assert.throws(
      () => decodeCommit(bytes),
      (error: Error) => error instanceof SyntaxError && error.cause !== undefined,
    );
  }
  assert.throws(() => decodeCommit(encode("{}")), /not an array/);
});

Deno.test("an outcome written around encoded events is the outcome's JSON", () => {
  const outcome = { command_id: EVENT.causationid, group_id: "g", partition: 886, version: 7 };
  const whole: Committed = { status: "committed", ...outcome, events: [EVENT] };
  assert.deepEqual(JSON.parse(encodeCommitted(outcome, [encodeEvent(EVENT)])), whole);
});

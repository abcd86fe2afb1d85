import assert from "node:assert/strict";
import type { Answered, MailboxEntry } from "../support/history.ts";
import { surelyFirst } from "./tap_gaps.ts";

const sent = (command_id: string, sentAtMs: number): Answered => ({
  command_id,
  group_id: "g",
  sentAtMs,
  answeredAtMs: sentAtMs + 5,
  attempts: 1,
  outcome: "committed",
});

const entry = (commandId: string, sequence: number): MailboxEntry => ({
  commandId,
  sequence,
  groupId: "g",
});

Deno.test("without a gap every entry counts", () => {
  const entries = [entry("a", 1), entry("timer", 2)];
  assert.deepEqual(surelyFirst(entries, [], []), entries);
});

Deno.test("an entry counts when it lies before the gap, or its command was sent after the gap was noticed", () => {
  const entries = [entry("before", 1), entry("across", 7), entry("timer", 8), entry("after", 9)];
  const history = [sent("before", 0), sent("across", 10), sent("after", 31)];
  const gap = { from: 3, to: 6, notedAtMs: 30 };
  const sure = surelyFirst(entries, [gap], history).map(({ commandId }) => commandId);
  assert.deepEqual(sure, ["before", "after"]);
});

Deno.test("a later twin of a command whose first entry may be in the gap does not count", () => {
  const history = [sent("twin", 10), sent("twin", 40)];
  const gap = { from: 3, to: 6, notedAtMs: 30 };
  assert.deepEqual(surelyFirst([entry("twin", 9)], [gap], history), []);
});

/** The auditor of the path tests sees what it is there to see. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { LogBuilder, logOf } from "../../actors/projection/testing/mod.ts";
import { decodeCommit } from "../../actors/protocol/mod.ts";
import { type Answered, findFaults, type LogEntry } from "./_path_audit.ts";

/** A run of one group without a fault: a log, and a history in which each command was answered in turn. */
function run(): { log: LogEntry[]; history: Answered[] } {
  const builder: LogBuilder = logOf([0, 0, 0, 24, 24, 36], 1);
  let previousHash = "";
  const log = builder.messages.map((message): LogEntry => {
    const events = decodeCommit(message.data);
    const entry = { ...message, groupId: "group-0", events, previousHash };
    previousHash = createHash("sha256").update(message.data).digest("hex");
    return entry;
  });
  const history = log.slice(1).map(({ events }, i): Answered => ({
    command_id: events[0]?.causationid ?? "",
    group_id: "group-0",
    sentAtMs: i * 10,
    answeredAtMs: i * 10 + 5,
    attempts: 1,
    outcome: "committed",
    version: Number(events[0]?.sequence),
    events,
  }));
  return { log, history };
}

Deno.test("a flawless run has no faults", () => {
  const { log, history } = run();
  assert(history.length > 3);
  assert.deepEqual(findFaults(history, log), []);
});

Deno.test("a lost command, a doubled one, a changed answer and a wrong order are found", () => {
  const { log, history } = run();
  const [first, second, third] = history;
  assert(first && second && third);
  const found = (history: Answered[], entries = log) => findFaults(history, entries).join("; ");

  assert.match(found(history, log.slice(0, -1)), /acknowledged .* is not in the log/);
  const again = log.at(-1);
  assert(again);
  assert.match(found(history, [...log, again]), /is in 2 messages/);
  assert.match(found(history, [...log, again]), /is in the log twice/);
  assert.match(found([{ ...first, version: 99 }]), /was answered version 99/);
  const other = first.events?.map((event) => ({ ...event, authid: "eve" })) ?? [];
  assert.match(found([{ ...first, events: other }]), /other events than those stored/);
  assert.match(found([{ ...first, outcome: "rejected" }]), /rejected .* is in the log/);
  const late = { ...third, sentAtMs: -10, answeredAtMs: -5 };
  assert.match(found([late, second]), /got version \d+ of group-0 after \d+ was known/);
});

Deno.test("a missing version and a broken hash chain are found", () => {
  const { log } = run();
  const faults = findFaults([], log.toSpliced(2, 1)).join("; ");
  assert.match(faults, /version 5 of group-0 follows 3/);
  assert.match(faults, /hash chain of group-0 is broken/);
});

/** The checkers of the path and chaos tests see what they are there to see. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { LogBuilder, logOf } from "../../actors/projection/testing/mod.ts";
import { decodeCommit } from "../../actors/protocol/mod.ts";
import type { Answered, Delivery, Fault, LogEntry, MailboxEntry } from "./history.ts";
import { findFaults, mailboxFaults } from "./log_faults.ts";
import { rowFaults, streamFaults } from "./view_faults.ts";

const GROUP = "group-0";

/** A run of one group without a fault: a log, and a history in which each command was answered in turn. */
function run() {
  const builder: LogBuilder = logOf([0, 0, 0, 24, 24, 36], 1);
  let previousHash = "";
  const log = builder.messages.map((message, i): LogEntry => {
    const events = decodeCommit(message.data);
    const entry = { ...message, groupId: GROUP, events, previousHash, covers: 10 * (i + 1) };
    previousHash = createHash("sha256").update(message.data).digest("hex");
    return entry;
  });
  const history = log.slice(1).map(({ events }, i): Answered => ({
    command_id: events[0]?.causationid ?? "",
    group_id: GROUP,
    sentAtMs: i * 10,
    answeredAtMs: i * 10 + 5,
    attempts: 1,
    outcome: "committed",
    version: Number(events[0]?.sequence),
    events,
  }));
  const mailbox = log.map(({ events, covers }): MailboxEntry => ({
    sequence: covers,
    groupId: GROUP,
    commandId: events[0]?.causationid ?? "",
  }));
  const deliveries: Delivery[] = log.slice(1).flatMap(({ events }) =>
    events.map(({ sequence, id }) => ({ kind: "event" as const, version: Number(sequence), id }))
  );
  const first = Number(log[0]?.events.at(-1)?.sequence);
  return {
    log,
    history,
    mailbox,
    stream: [{ kind: "snapshot", version: first }, ...deliveries],
  } as {
    log: LogEntry[];
    history: Answered[];
    mailbox: MailboxEntry[];
    stream: Delivery[];
  };
}

const told = (faults: readonly Fault[]) =>
  faults.map(({ kind, what }) => `${kind}: ${what}`).join("; ");

Deno.test("a flawless run has no faults", () => {
  const { log, history, mailbox, stream } = run();
  assert(history.length > 3 && stream.length > 3);
  assert.deepEqual(findFaults(history, log), []);
  assert.deepEqual(mailboxFaults(log, mailbox), []);
  assert.deepEqual(streamFaults(GROUP, stream, log), []);
});

Deno.test("a lost command, a doubled one, a changed answer and a wrong order are found", () => {
  const { log, history } = run();
  const [first, second, third] = history;
  assert(first && second && third);
  const found = (history: Answered[], entries = log) => told(findFaults(history, entries));

  assert.match(found(history, log.slice(0, -1)), /lost: acknowledged .* is not in the log/);
  const again = log.at(-1);
  assert(again);
  assert.match(found(history, [...log, again]), /duplicate: command .* is in 2 messages/);
  assert.match(found(history, [...log, again]), /duplicate: event .* is in the log twice/);
  assert.match(found([{ ...first, version: 99 }]), /reply: .* was answered version 99/);
  const other = first.events?.map((event) => ({ ...event, authid: "eve" })) ?? [];
  assert.match(found([{ ...first, events: other }]), /other events than those stored/);
  assert.match(found([{ ...first, outcome: "rejected" }]), /reply: rejected .* is in the log/);
  const late = { ...third, sentAtMs: -10, answeredAtMs: -5 };
  assert.match(
    found([late, second]),
    /order: .* got version \d+ of group-0 after \d+ was known/,
  );
});

Deno.test("a command that only the mailbox acknowledged has to be in the log as well", () => {
  const { log, history } = run();
  const last = history.at(-1);
  assert(last);
  const { version: _, events: __, ...stored } = { ...last, outcome: "stored" as const };
  assert.deepEqual(findFaults([stored], log), []);
  assert.match(told(findFaults([stored], log.slice(0, -1))), /lost: .* though the mailbox had it/);
});

Deno.test("a missing version and a broken hash chain are found", () => {
  const { log } = run();
  const faults = told(findFaults([], log.toSpliced(2, 1)));
  assert.match(faults, /version: version 5 of group-0 follows 3/);
  assert.match(faults, /chain: hash chain of group-0 is broken/);
});

Deno.test("a log that does not follow the mailbox is found", () => {
  const { log, mailbox } = run();
  const [one, two, three] = log;
  assert(one && two && three);
  const backwards = [one, { ...two, covers: one.covers }, three];
  assert.match(told(mailboxFaults(backwards, [])), /order: .* covers 10 after 10/);

  const swapped = mailbox.map((entry) => ({ ...entry, sequence: 100 - entry.sequence }));
  assert.match(told(mailboxFaults(log, swapped)), /order: .* which the mailbox has at/);

  const both = { ...two, events: [...three.events, ...two.events], covers: three.covers };
  assert.match(told(mailboxFaults([one, both], mailbox)), /has at 20, not after 30 up to 30/);

  const twins = mailbox.map((entry) => ({ ...entry, sequence: entry.sequence + 500 }));
  assert.deepEqual(mailboxFaults(log, [...mailbox, ...twins]), [], "later twins change nothing");
});

Deno.test("a gap, a duplicate, a new start and another event on a stream are found", () => {
  const { log, stream } = run();
  const found = (deliveries: Delivery[]) => told(streamFaults(GROUP, deliveries, log));
  assert.match(found(stream.toSpliced(2, 1)), /stream: .* misses versions after/);
  const third = stream[2];
  assert(third);
  assert.match(found(stream.toSpliced(2, 0, third)), /got version \d+ after \d+/);
  assert.match(found([...stream, { kind: "snapshot", version: 9 }]), /started over behind/);
  assert.match(found([...stream, { kind: "told", what: "reset" }]), /was told reset/);
  const other = stream.map((delivery) => ({ ...delivery, id: "other" }));
  assert.match(found(other), /got another version \d+ than the log has/);
});

Deno.test("rows that are missing, other or unexplained are found", () => {
  const rows = new Map([["a", { x: 1, y: 2 }], ["b", { x: 2, y: 3 }]]);
  assert.deepEqual(rowFaults("todos", rows, new Map([...rows].reverse())), []);
  assert.deepEqual(rowFaults("todos", rows, new Map(rows).set("a", { y: 2, x: 1 })), []);
  assert.match(told(rowFaults("todos", rows, new Map([["a", { x: 1, y: 2 }]]))), /b is missing/);
  assert.match(told(rowFaults("todos", new Map(), rows)), /read model: .* a is unexplained/);
  const other = new Map(rows).set("a", { x: 9, y: 2 });
  assert.match(told(rowFaults("todos", rows, other)), /a is another/);
});

/** The checker of reminders sees what it is there to see. */
import assert from "node:assert/strict";
import { decide, emptyGroup, type GroupState } from "../../actors/group/mod.ts";
import {
  type CommandBody,
  type GroupEvent,
  type MailboxCommand,
  newId,
  SYSTEM_ACTOR,
} from "../../actors/protocol/mod.ts";
import type { LogEntry } from "./history.ts";
import { openTimers, reminderFaults, timerKey } from "./reminder_faults.ts";

const GROUP = "g";
// Ids of commands have to be of about the time at which they are decided.
const START_MS = Date.now();
const DUE_MS = START_MS + 10_000;
const DUE = { todo_id: "t", reminder_id: "r", at: new Date(DUE_MS).toISOString() };
const SET = new Set([timerKey({ groupId: GROUP, about: "t", name: "r" })]);
const FIRE = { type: "reminder.fire", payload: DUE } as const;

/** A group whose todo "t" has a reminder "r", with a log of one message for each event. */
class Group {
  readonly events: GroupEvent[] = [];
  #state: GroupState = emptyGroup(GROUP);

  constructor() {
    this.send({ type: "group.create", payload: { name: "G" } });
    const reminders = [{ id: "r", at: DUE.at }];
    this.send({ type: "todo.create", payload: { todo_id: "t", title: "T", reminders } });
  }

  get log(): LogEntry[] {
    return this.events.map((event, i) => ({
      groupId: GROUP,
      subject: GROUP,
      sequence: i + 1,
      data: new Uint8Array(),
      events: [event],
      previousHash: "",
      covers: i + 1,
    }));
  }

  send(body: CommandBody | typeof FIRE, nowMs = START_MS): this {
    const actor = body.type === "reminder.fire" ? SYSTEM_ACTOR : "owner";
    const command = { command_id: newId(), group_id: GROUP, actor, ...body } as MailboxCommand;
    const decision = decide(this.#state, command, { nowMs, hash: "hash" });
    if (decision.kind === "accepted") {
      this.events.push(...decision.events);
      this.#state = decision.state;
    }
    return this;
  }
}

const complete = { type: "todo.complete", payload: { todo_id: "t" } } as const;
const remove = { type: "todo.delete", payload: { todo_id: "t" } } as const;
const told = (log: readonly LogEntry[], untilMs = DUE_MS) =>
  reminderFaults(log, untilMs).map(({ what }) => what).join("; ");

Deno.test("a reminder that fired once, is not due yet, or belongs to a todo that is done is right", () => {
  assert.equal(told(new Group().send(FIRE, DUE_MS).log), "");
  assert.equal(told(new Group().log, DUE_MS - 1), "");
  assert.equal(told(new Group().send(complete).log), "");
  assert.equal(told(new Group().send(remove).log), "");
  assert.equal(told(new Group().send(FIRE, DUE_MS).send(complete, DUE_MS + 1).log), "");
});

Deno.test("a reminder that was due and has not fired is found", () => {
  assert.match(
    told(new Group().log),
    /r of todo t was due at .* and has not fired/,
  );
});

Deno.test("a reminder that fires twice, too early, of a todo that is done or of none is found", () => {
  const once = new Group().send(FIRE, DUE_MS);
  const [last] = once.log.slice(-1);
  assert.ok(last);
  assert.match(told([...once.log, last]), /r fired 2 times/);
  assert.match(told(new Group().send(FIRE, DUE_MS - 1).log), /r fired too early/);
  assert.match(told([...new Group().send(complete).log, last]), /though todo t was done/);
  assert.match(told([...new Group().send(remove).log, last]), /though todo t was done/);
  assert.match(told([last]), /which todo t does not have/);
});

Deno.test("a timer that is missing or overdue is open; one that is set, fired or not needed is not", () => {
  const open = (group: Group, set: ReadonlySet<string>, nowMs = START_MS) =>
    openTimers(group.log, set, nowMs).map(({ what }) => what).join("; ");
  assert.match(open(new Group(), new Set()), /timer r of todo t in g, .* is not set/);
  assert.match(open(new Group(), SET, DUE_MS), /has not fired/);
  assert.equal(open(new Group(), SET), "");
  assert.equal(open(new Group().send(FIRE, DUE_MS), new Set(), DUE_MS), "");
  assert.equal(open(new Group().send(complete), new Set(), DUE_MS), "");
});

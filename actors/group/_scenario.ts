/**
 * A group under test: sends commands as their senders would, keeps the log, and hands the original
 * events to undo and redo, as a host does. Ids and the clock count up, so that a failure repeats.
 */
import assert from "node:assert/strict";
import type {
  CommandBody,
  EventType,
  GroupEvent,
  MailboxCommand,
  Problem,
  ProblemCode,
  ReminderFireBody,
  Todo,
} from "../protocol/mod.ts";
import { decide, type Decision, emptyGroup, findTodo, type GroupState } from "./mod.ts";
import { originalOf } from "./_original.ts";

export const START_MS = Date.parse("2026-03-02T09:00:00Z");
const STEP_MS = 1_000;

/** What a command may say beyond its body. */
export interface Sending {
  readonly id?: string;
  readonly hash?: string;
  readonly expected_version?: number;
}

type Type = MailboxCommand["type"];
type PayloadOf<T extends Type> = Extract<
  CommandBody | ReminderFireBody,
  { readonly type: T }
>["payload"];

/** A UUIDv7 of the instant `timeMs` whose other bits are `count`. */
export function idAt(timeMs: number, count: number): string {
  const time = timeMs.toString(16).padStart(12, "0");
  const tail = count.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}`;
}

export class Scenario {
  state: GroupState;
  readonly log: GroupEvent[] = [];
  nowMs = START_MS;
  #count = 0;

  constructor(groupId = "g") {
    this.state = emptyGroup(groupId);
  }

  /** A new command id of the current instant. */
  nextId(): string {
    return idAt(this.nowMs, this.#count++);
  }

  /** Decides a command and, when it is accepted, moves on to the state after it. */
  decide<T extends Type>(
    actor: string,
    type: T,
    payload: PayloadOf<T>,
    sending: Sending = {},
  ): Decision {
    this.nowMs += STEP_MS;
    const { id = this.nextId(), hash = JSON.stringify(payload).slice(0, 64), ...rest } = sending;
    const meta = { command_id: id, group_id: this.state.id, actor, ...rest };
    const command = { ...meta, type, payload } as unknown as MailboxCommand;
    const range = originalOf(this.state, command);
    const original = range && this.log.slice(range.firstVersion - 1, range.version);
    const context = { nowMs: this.nowMs, hash, ...(original ? { original } : {}) };
    const decision = decide(this.state, command, context);
    if (decision.kind === "accepted") {
      this.log.push(...decision.events);
      this.state = decision.state;
    }
    return decision;
  }

  /** Sends a command that must be accepted; answers its events. */
  ok<T extends Type>(actor: string, type: T, payload: PayloadOf<T>, sending?: Sending) {
    const decision = this.decide(actor, type, payload, sending);
    if (decision.kind !== "accepted") assert.fail(`${type}: ${JSON.stringify(decision)}`);
    return decision.events;
  }

  /** Sends a command that must be refused with `code`; answers the problem. */
  refused<T extends Type>(
    code: ProblemCode,
    actor: string,
    type: T,
    payload: PayloadOf<T>,
    sending?: Sending,
  ): Problem {
    const before = this.state;
    const decision = this.decide(actor, type, payload, sending);
    if (decision.kind !== "rejected") assert.fail(`${type} was ${decision.kind}`);
    assert.equal(decision.problem.code, code, decision.problem.detail);
    assert.equal(this.state, before);
    return decision.problem;
  }

  /** The todo as it stands; it must be there. */
  todo(id: string): Todo {
    return findTodo(this.state, id) ?? assert.fail(`no todo "${id}"`);
  }
}

/** A group with ana as owner, ada as admin, mia and max as members. */
export function team(): Scenario {
  const group = new Scenario();
  group.ok("ana", "group.create", { name: "Garden" });
  group.ok("ana", "member.add", { user_id: "ada", role: "admin" });
  group.ok("ana", "member.add", { user_id: "mia", role: "member" });
  group.ok("ana", "member.add", { user_id: "max", role: "member" });
  return group;
}

/** Types of events without the common prefix. */
export function typesOf(events: readonly GroupEvent[]): EventType[] {
  return events.map((event) => event.type.slice("com.todo1m.".length) as EventType);
}

/** Id of the command that caused the first of `events`. */
export function causeOf(events: readonly GroupEvent[]): string {
  return events[0]?.causationid ?? assert.fail("no events");
}

/**
 * A decision in the making: the events emitted so far and the state they lead to. Builds the envelope
 * of every event, so that the rules speak of types and data only.
 */
import {
  type Compensation,
  deriveId,
  type EventData,
  type EventType,
  type GroupEvent,
  type MailboxCommand,
  SEQUENCE_DIGITS,
  TYPE_PREFIX,
} from "../protocol/mod.ts";
import type { DecideContext } from "./_decision.ts";
import { evolve, type GroupState } from "./fold/mod.ts";

/** Version of the data of every event type written by this code. */
const DATA_VERSION = 1;
/** Where, among the numbers mixed into ids after those of events, those of todos and comments and of successors begin. */
const ENTITY_INDEX = 0x800;
const SUCCESSOR_INDEX = 0xc00;

export interface Draft {
  readonly command: MailboxCommand;
  readonly context: DecideContext;
  /** The instant of the command, RFC 3339 UTC. */
  readonly now: string;
  /** The command's place in its batch; `undefined` outside one. */
  item: number | undefined;
  /** What every event of an undo or redo says about itself. */
  compensation: Compensation | undefined;
  state: GroupState;
  readonly events: GroupEvent[];
}

/** An empty draft on top of `state`. */
export function startDraft(
  state: GroupState,
  command: MailboxCommand,
  context: DecideContext,
): Draft {
  const now = new Date(context.nowMs).toISOString();
  return {
    command,
    context,
    now,
    item: undefined,
    compensation: undefined,
    state,
    events: [],
  };
}

/** Adds one event and moves the draft's state past it; answers, as a rule does, that nothing is wrong. */
export function emit<T extends EventType>(draft: Draft, type: T, data: EventData[T]): undefined {
  const { command, context } = draft;
  const event = {
    specversion: "1.0",
    id: deriveId(seedOf(command), context.nowMs, draft.events.length),
    type: `${TYPE_PREFIX}${type}`,
    source: `/groups/${command.group_id}`,
    subject: subjectOf(data),
    time: draft.now,
    datacontenttype: "application/json",
    dataschema: `/schemas/${type}/${DATA_VERSION}.json`,
    sequence: String(nextVersion(draft)).padStart(SEQUENCE_DIGITS, "0"),
    partitionkey: command.group_id,
    causationid: command.command_id,
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    authid: command.actor,
    commandhash: context.hash,
    data: draft.compensation ? { ...data, ...draft.compensation } : data,
    // The pair of `type` and `data` is right by this function's signature.
  } as unknown as GroupEvent;
  draft.events.push(event);
  draft.state = evolve(draft.state, event);
}

function subjectOf(data: EventData[EventType]): string {
  if ("user_id" in data) return `members/${data.user_id}`;
  if ("todo_id" in data) return `todos/${data.todo_id}`;
  return "todo" in data ? `todos/${data.todo.id}` : "group";
}

/** The group's version after the event that is emitted next. */
export function nextVersion(draft: Draft): number {
  return draft.state.version + 1;
}

/** A command id is unique in its group only. */
function seedOf({ group_id, command_id }: MailboxCommand): string {
  return `${group_id}/${command_id}`;
}

/** Id of the todo or comment that the command makes when its sender named none. */
export function ownId(draft: Draft): string {
  const { command, context, item } = draft;
  return item === undefined
    ? command.command_id
    : deriveId(seedOf(command), context.nowMs, ENTITY_INDEX + item);
}

/** Id of the next occurrence of the recurring todo that the command completes. */
export function successorId(draft: Draft): string {
  const { command, context, item } = draft;
  return deriveId(seedOf(command), context.nowMs, SUCCESSOR_INDEX + (item ?? 0));
}

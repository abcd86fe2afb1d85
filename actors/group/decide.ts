/**
 * Decides one command against the state of its group. Deterministic: the same state, command and
 * context give the same events, ids included, on every host.
 */
import { settledById } from "../kind/mod.ts";
import {
  type BatchBody,
  COMMIT_MAX_BYTES,
  type MailboxCommand,
  movedErrors,
  type Problem,
  type SingleCommandBody,
} from "../protocol/mod.ts";
import type { DecideContext, Decision } from "./_decision.ts";
import { type Draft, startDraft } from "./_draft.ts";
import type { GroupState } from "./fold/mod.ts";
import { alive, presence, rejected, unchanged } from "./_gate.ts";
import { permit } from "./_permission.ts";
import { type Refusal, refuse } from "./_refusal.ts";
import { fireReminder } from "./_reminder_rules.ts";
import { rule } from "./_rules.ts";

type TimerCommand = Extract<MailboxCommand, { readonly type: "reminder.fire" }>;

/**
 * Decides `command`.
 *
 * @param state the state of `command.group_id`, `emptyGroup` when it has no log
 * @param context when it is, the body's fingerprint, and for `undo` and `redo` the events of the
 *   versions that `originalOf` names
 * @returns the events and the state after them; or that the command was decided before, or is a timer's
 *   that has nothing to do any more; or a problem
 * @throws {TypeError} when `undo` or `redo` lacks the events it takes back
 */
export function decide(
  state: GroupState,
  command: MailboxCommand,
  context: DecideContext,
): Decision {
  if (command.type === "reminder.fire") return decideTimer(state, command, context);
  const settled = settledById(state.ledger, command, context);
  if (settled) return settled;
  const draft = startDraft(state, command, context);
  const problem = command.type === "batch"
    ? decideBatch(draft, command.payload)
    : decideSingle(draft, command, command.expected_version);
  const refusal = problem ?? tooLarge(draft);
  if (refusal) return rejected(refusal);
  return { kind: "accepted", events: draft.events, state: draft.state };
}

/** What a timer sends is settled by the state alone: its id may be long past when it comes late. */
function decideTimer(state: GroupState, command: TimerCommand, context: DecideContext): Decision {
  const draft = startDraft(state, command, context);
  const refusal = fireReminder(draft, command.payload);
  if (refusal) return rejected(refusal);
  const { events } = draft;
  return events.length === 0
    ? { kind: "ignored" }
    : { kind: "accepted", events, state: draft.state };
}

function decideSingle(draft: Draft, body: SingleCommandBody, expected?: number): Refusal {
  const { state, command, context } = draft;
  if (body.type === "group.create") return unchanged(state, body, expected) ?? rule(draft, body);
  const present = presence(state, command.actor);
  if (!present.ok) return present.problem;
  const { role } = present;
  return alive(state, { role, nowMs: context.nowMs, type: body.type }) ??
    permit(state, { id: command.actor, role }, body) ??
    unchanged(state, body, expected) ??
    rule(draft, body);
}

/** Decides the commands one after the other, each on the state that the ones before it lead to. */
function decideBatch(draft: Draft, { commands }: BatchBody["payload"]): Refusal {
  const { state, command } = draft;
  const present = presence(state, command.actor);
  const refusal = present.ok
    ? unchanged(state, command, command.expected_version)
    : present.problem;
  if (refusal) return refusal;
  for (const [index, body] of commands.entries()) {
    draft.item = index;
    const problem = decideSingle(draft, body);
    if (problem) return atItem(problem, body.type, index);
  }
}

/** Says which command of the batch `problem` is about. */
function atItem(problem: Problem, type: string, index: number): Problem {
  const pointer = `/payload/commands/${index}`;
  const own = { pointer, code: problem.code, message: problem.detail };
  const inner = problem.errors && movedErrors(problem.errors, (within) => pointer + within);
  return {
    ...problem,
    detail: `Command ${index} of the batch, "${type}": ${problem.detail}`,
    errors: inner ?? [own],
  };
}

/** Refuses events that do not fit one message; only what repeats stored content can get so large. */
function tooLarge({ command: { type }, events }: Draft): Refusal {
  const repeats = type === "batch" || type === "undo" || type === "redo" ||
    type === "todo.delete" || type === "todo.restore";
  if (!repeats) return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify(events)).length;
  return bytes <= COMMIT_MAX_BYTES
    ? undefined
    : refuse("too-large", `The command would change ${bytes} bytes at once, too much for a commit`);
}

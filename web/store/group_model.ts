/**
 * One group as this page knows it: what the log has confirmed, and the commands that are still on
 * their way, kept apart. What is shown is computed from both. Pure.
 */
import type { Problem } from "../../actors/protocol/mod.ts";
import { type GroupEvent, versionOf } from "../../actors/protocol/plain/mod.ts";
import {
  evolveReading,
  fromPublicSnapshot,
  type GroupState,
  type PublicSnapshot,
  todosOf,
} from "../../actors/group/fold/mod.ts";
import { type Pending, predict, type TodoRow } from "./pending.ts";

export interface GroupModel {
  /** `undefined` until the first snapshot. */
  readonly confirmed: GroupState | undefined;
  readonly pending: readonly Pending[];
}

export const EMPTY_MODEL: GroupModel = { confirmed: undefined, pending: [] };

/** What became of a frame of events. */
export interface Received {
  readonly model: GroupModel;
  /** The events that were new. */
  readonly applied: readonly GroupEvent[];
  /** Events are missing before these: nothing of the frame was applied, reconnect. */
  readonly gap: boolean;
}

/** Starts over from `snapshot`; pending commands that it already contains are dropped. */
export function receiveSnapshot(model: GroupModel, snapshot: PublicSnapshot): GroupModel {
  return settle({ ...model, confirmed: fromPublicSnapshot(snapshot) });
}

/** Folds one commit in. Events the page already has are skipped, whichever way they come again. */
export function receiveEvents(model: GroupModel, events: readonly GroupEvent[]): Received {
  if (!model.confirmed) return { model, applied: [], gap: true };
  let confirmed = model.confirmed;
  const applied: GroupEvent[] = [];
  const causes = new Set<string>();
  for (const event of events) {
    causes.add(event.causationid);
    const version = versionOf(event);
    if (version <= confirmed.version) continue;
    if (version !== confirmed.version + 1) return { model, applied: [], gap: true };
    confirmed = evolveReading(confirmed, event);
    applied.push(event);
  }
  const pending = model.pending.filter((command) => !causes.has(command.command_id));
  return {
    model: settle({
      confirmed,
      pending: pending.length === model.pending.length ? model.pending : pending,
    }),
    applied,
    gap: false,
  };
}

/** Adds a command the person has just made. */
export function enqueue(model: GroupModel, command: Pending): GroupModel {
  return { ...model, pending: [...model.pending, command] };
}

/** The command could not be decided yet and is sent again. */
export function markWaiting(model: GroupModel, commandId: string): GroupModel {
  return change(model, commandId, (command) => ({ ...command, progress: { state: "waiting" } }));
}

/** The server answered that the command is in the log, up to `version`. */
export function markCommitted(model: GroupModel, commandId: string, version: number): GroupModel {
  return settle(
    change(model, commandId, (command) => ({
      ...command,
      progress: { state: "committed", version },
    })),
  );
}

/**
 * The server refused the command. It stays in the list, without effect, for the person to retry or
 * discard where there is a row to show it on; else it is dropped.
 */
export function markRejected(model: GroupModel, commandId: string, problem: Problem): GroupModel {
  const rejected = change(model, commandId, (command) => ({
    ...command,
    progress: { state: "rejected", problem },
  }));
  const shown = rowsOf(rejected).some((row) => row.rejected?.command_id === commandId);
  return shown ? rejected : discard(rejected, commandId);
}

/** Forgets a command. */
export function discard(model: GroupModel, commandId: string): GroupModel {
  return { ...model, pending: model.pending.filter((each) => each.command_id !== commandId) };
}

function change(
  model: GroupModel,
  commandId: string,
  update: (command: Pending) => Pending,
): GroupModel {
  if (!model.pending.some((each) => each.command_id === commandId)) return model;
  return {
    ...model,
    pending: model.pending.map((each) => each.command_id === commandId ? update(each) : each),
  };
}

/** Drops pending commands whose effect the confirmed state is known to hold. */
function settle(model: GroupModel): GroupModel {
  const version = model.confirmed?.version ?? 0;
  const pending = model.pending.filter(({ progress }) =>
    progress.state !== "committed" || progress.version > version
  );
  return pending.length === model.pending.length ? model : { ...model, pending };
}

/** The rows to show: confirmed todos with the pending commands on top, newest first. */
export function rowsOf(model: GroupModel): TodoRow[] {
  const rows = new Map<string, TodoRow>();
  const group = model.confirmed;
  if (group) { for (const todo of todosOf(group)) rows.set(todo.id, todo); }
  model.pending.forEach((command, index) => predict(rows, command, { index, group }));
  return [...rows.values()].sort((a, b) => b.number - a.number);
}

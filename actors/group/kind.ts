/** The group as a kind of actor: what the runtime runs. */
import type { ActorKind } from "../kind/mod.ts";
import { type GroupEvent, type MailboxCommand, versionOf } from "../protocol/mod.ts";
import { footprint } from "./_footprint.ts";
import { originalOf } from "./_original.ts";
import { decide } from "./decide.ts";
import {
  emptyGroup,
  evolve,
  fromSnapshot,
  type GroupState,
  type Snapshot,
  toSnapshot,
} from "./fold/mod.ts";
import { groupSchema } from "./fold/schema/mod.ts";
import { movesTimers, timersAfter } from "./timers.ts";

export const groupKind: ActorKind<GroupState, GroupEvent, MailboxCommand> = {
  name: "group",
  idField: "group_id",
  empty: emptyGroup,
  evolve,
  version: (state) => state.version,
  versionOf,
  ledger: (state) => state.ledger,
  parse({ id, isFromTimer, json }) {
    // The edge has checked what clients send, and nobody else writes into mailboxes.
    const command = json() as MailboxCommand;
    if (command.group_id !== id) throw new Error(`the command names group "${command.group_id}"`);
    if (command.type === "reminder.fire" && !isFromTimer) {
      throw new Error("only a timer may send reminder.fire");
    }
    return command;
  },
  decide,
  lookBack: originalOf,
  snapshots: {
    schema: groupSchema,
    save: toSnapshot,
    // Of the same schema, hence written by `toSnapshot`; damage shows as an exception.
    restore: (saved) => fromSnapshot(saved as Snapshot),
  },
  footprint,
  timers: { moves: movesTimers, after: timersAfter },
};

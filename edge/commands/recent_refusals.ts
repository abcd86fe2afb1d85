/**
 * What this process knows of commands that were rejected lately, those included whose senders were told at
 * once. Bounded in number and time; what all edges must know of is kept elsewhere. Knows nothing of HTTP.
 */
import { LRUCache } from "lru-cache";
import type { Command, Problem } from "../../actors/protocol/mod.ts";
import type { Sent } from "./mailbox.ts";
import type { OutcomeQuery } from "./outcome_store.ts";

const COMMANDS = 20_000;
const REMEMBER_MS = 5 * 60_000;

interface Entry {
  readonly actor: string;
  readonly groupId: string;
  readonly problem: Problem;
}

/** The problem for which the command itself was rejected; nothing when its id stands for another one. */
export function refusalOf(sent: Sent): Problem | undefined {
  return sent.kind === "rejected" && sent.problem.code !== "idempotency-mismatch"
    ? sent.problem
    : undefined;
}

export class RecentRefusals {
  readonly #commands = new LRUCache<string, Entry>({
    max: COMMANDS,
    ttl: REMEMBER_MS,
    // Its clock is read each time instead of being kept by a timer.
    ttlResolution: 0,
  });

  /** Notes what is known of `command` by now. */
  note(command: Command, sent: Sent): void {
    const { command_id, actor, group_id: groupId } = command;
    const problem = refusalOf(sent);
    if (problem) this.#commands.set(command_id, { actor, groupId, problem });
    // Sent again: what became of it before counts no more.
    else if (sent.kind === "stored" || sent.kind === "committed") this.#commands.delete(command_id);
  }

  /** Why a command was rejected that this user sent to this group. */
  find({ commandId, groupId, userId }: OutcomeQuery): Problem | undefined {
    const entry = this.#commands.get(commandId);
    return entry?.actor === userId && entry.groupId === groupId ? entry.problem : undefined;
  }
}

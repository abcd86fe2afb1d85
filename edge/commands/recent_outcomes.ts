/**
 * What this process knows of commands that no read model tells: those that are stored but not decided as
 * far as it has heard, and those that were rejected. Bounded in number and time; knows nothing of HTTP.
 */
import { LRUCache } from "lru-cache";
import type { Command, Problem } from "../../actors/protocol/mod.ts";
import type { Sent } from "./mailbox.ts";

const COMMANDS = 20_000;
const REMEMBER_MS = 5 * 60_000;

/** What is known: not decided yet, or rejected for `problem`. */
export type RecentOutcome =
  | { readonly kind: "pending" }
  | { readonly kind: "rejected"; readonly problem: Problem };

interface Entry {
  readonly actor: string;
  readonly groupId: string;
  readonly outcome: RecentOutcome;
}

const PENDING: RecentOutcome = { kind: "pending" };

export class RecentOutcomes {
  readonly #commands = new LRUCache<string, Entry>({
    max: COMMANDS,
    ttl: REMEMBER_MS,
    // Its clock is read each time instead of being kept by a timer.
    ttlResolution: 0,
  });

  /** Notes what is known of `command` by now. */
  note(command: Command, sent: Sent): void {
    const { command_id, actor, group_id: groupId } = command;
    switch (sent.kind) {
      case "stored":
        this.#commands.set(command_id, { actor, groupId, outcome: PENDING });
        return;
      case "rejected": {
        // The id stands for another command, whose outcome is not this one.
        if (sent.problem.code === "idempotency-mismatch") return;
        const outcome = { kind: sent.kind, problem: sent.problem };
        this.#commands.set(command_id, { actor, groupId, outcome });
        return;
      }
      case "committed":
        this.#commands.delete(command_id);
        return;
      case "refused":
      case "unknown":
        return;
      default:
        sent satisfies never;
    }
  }

  /** What is known of a command that this user sent to this group. */
  find(
    query: { readonly commandId: string; readonly groupId: string; readonly userId: string },
  ): RecentOutcome | undefined {
    const entry = this.#commands.get(query.commandId);
    const isTheirs = entry?.actor === query.userId && entry.groupId === query.groupId;
    return isTheirs ? entry.outcome : undefined;
  }
}

/**
 * Takes deleted accounts out of their groups, by ordinary commands in their name, until they are in none.
 * Runs in every edge; whatever happens on the way, some edge takes it up again.
 */
import { logger } from "../../actors/platform/mod.ts";
import { type Command, newId } from "../../actors/protocol/mod.ts";
import { Worker } from "../auth/mod.ts";
import type { Mailbox, Sent } from "../commands/mod.ts";
import type { Deletion, Deletions } from "./deletions.ts";
import { type Membership, wayOut } from "./way_out.ts";

/** How often an edge looks for accounts that others have left undone. */
const LOOK_MS = 60_000;
/** Commands on their way at once: deleting an account must not push others aside. */
const AT_ONCE = 4;
/** Rejections that say the account is not in the group, or the group is gone. */
const OUT_ALREADY: ReadonlySet<string> = new Set(["not-found", "gone"]);

export interface DeparturesDeps {
  readonly deletions: Deletions;
  readonly mailbox: Mailbox;
}

export class Departures {
  readonly #deps: DeparturesDeps;
  readonly #log = logger("edge.users");
  readonly #worker = new Worker({
    work: async () => {
      await this.workOff();
      return Math.min(await this.#deps.deletions.nextInMs() ?? LOOK_MS, LOOK_MS);
    },
    onFailure: (error) => {
      this.#log.warning("Deleted accounts cannot be looked after: {reason}", {
        reason: String(error),
      });
      return LOOK_MS;
    },
  });

  constructor(deps: DeparturesDeps) {
    this.#deps = deps;
  }

  /** Looks for work now, and from then on by itself. */
  wake(): void {
    this.#worker.wake();
  }

  /** Ends when the account in hand is put down. */
  async stop(): Promise<void> {
    await this.#worker.stop();
  }

  /** Looks once after every account that is due. */
  async workOff(): Promise<void> {
    const { deletions } = this.#deps;
    for (let next = await deletions.take(); next; next = await deletions.take()) {
      if (await this.#isDone(next)) await deletions.finish(next);
      else await deletions.putOff(next);
      if (this.#worker.stopped) return;
    }
  }

  /** Sends what takes the account out of its groups; true when there is none and there will be none. */
  async #isDone({ userId, settled }: Deletion): Promise<boolean> {
    const groups = await this.#deps.deletions.groupsOf(userId);
    for (let i = 0; i < groups.length; i += AT_ONCE) {
      await Promise.all(groups.slice(i, i + AT_ONCE).map((group) => this.#leave(userId, group)));
    }
    return settled && groups.length === 0 && !await this.#deps.deletions.mayReturn(userId);
  }

  async #leave(userId: string, membership: Membership): Promise<void> {
    const command: Command = {
      command_id: newId(),
      group_id: membership.group_id,
      actor: userId,
      ...wayOut(userId, membership),
    };
    const sent = await this.#deps.mailbox.send(command, { traceparent: newTraceparent() });
    if (isOut(sent)) return;
    this.#log.info("A deleted account is still in a group: {outcome}", {
      outcome: sent.kind,
      user_id: userId,
      group_id: membership.group_id,
      ...("problem" in sent ? { reason: sent.problem.detail } : {}),
    });
  }
}

function isOut(sent: Sent): boolean {
  return sent.kind === "committed" ||
    (sent.kind === "rejected" && OUT_ALREADY.has(sent.problem.code));
}

/** A trace of its own (W3C Trace Context), not sampled. */
function newTraceparent(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24)).toHex();
  return `00-${bytes.slice(0, 32)}-${bytes.slice(32)}-00`;
}

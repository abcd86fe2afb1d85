/** Sends one command as often as it takes to learn its outcome, always under the same id. */
import type { NatsMailbox } from "../../edge/commands/mod.ts";
import type { Command, Committed } from "../../actors/protocol/mod.ts";
import { sleep } from "../support/eventually.ts";
import type { Answered } from "../support/history.ts";

type Sent = Awaited<ReturnType<NatsMailbox["send"]>>;

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
/** Between two attempts. */
const AGAIN_MS = 100;
/** How long a stored command's outcome is waited for before it is sent again. */
const LATE_MS = 1_000;

export class Attempts {
  /** Attempts that ended without an outcome, by what was known of them. */
  readonly setbacks: Record<string, number> = {};
  readonly #mailbox: NatsMailbox;
  readonly #patienceMs: number;
  #longestMs = 0;

  constructor(mailbox: NatsMailbox, patienceMs: number) {
    this.#mailbox = mailbox;
    this.#patienceMs = patienceMs;
  }

  /** Sends until the outcome is known, or, without patience, until the mailbox has the command. */
  async send(command: Command, isPatient: boolean): Promise<Answered> {
    const sentAtMs = performance.now();
    let attempts = 0;
    let known: Pick<Answered, "outcome" | "version" | "events">;
    do {
      if (attempts++ > 0) await sleep(AGAIN_MS);
      known = await this.#try(command, isPatient);
    } while (known.outcome === "unknown" && performance.now() - sentAtMs < this.#patienceMs);
    const { command_id, group_id } = command;
    return { command_id, group_id, sentAtMs, answeredAtMs: performance.now(), attempts, ...known };
  }

  async #try(
    command: Command,
    isPatient: boolean,
  ): Promise<Pick<Answered, "outcome" | "version" | "events">> {
    const late = Promise.withResolvers<Sent>();
    const startedAt = performance.now();
    const sent = await this.#mailbox.send(command, {
      traceparent: TRACEPARENT,
      async: !isPatient,
      onLate: late.resolve,
    });
    this.#longestMs = Math.max(this.#longestMs, performance.now() - startedAt);
    if (sent.kind === "stored") {
      if (!isPatient) return { outcome: "stored" };
      this.#count("stored, outcome late");
      const outcome = await within(LATE_MS, late.promise);
      return outcome ? this.#outcome(outcome) : { outcome: "unknown" };
    }
    return this.#outcome(sent);
  }

  /** The longest that an attempt took to end, with or without an outcome. */
  get longestMs(): number {
    return this.#longestMs;
  }

  #outcome(sent: Sent): Pick<Answered, "outcome" | "version" | "events"> {
    switch (sent.kind) {
      case "committed": {
        const { version, events } = JSON.parse(new TextDecoder().decode(sent.body)) as Committed;
        return { outcome: "committed", version, events };
      }
      case "rejected":
        return { outcome: "rejected" };
      case "refused":
        this.#count(`refused: ${sent.problem.code}`);
        return { outcome: "unknown" };
      case "unknown":
      case "stored":
        this.#count(sent.kind);
        return { outcome: "unknown" };
    }
  }

  #count(what: string): void {
    this.setbacks[what] = (this.setbacks[what] ?? 0) + 1;
  }
}

/** What `promise` comes to, or `undefined` when that takes longer than `ms`. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), ms);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

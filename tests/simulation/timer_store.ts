/**
 * Timers as the server keeps them: one message per subject that is put into the mailbox when it is due,
 * at times late or twice. Setting and cancelling are requests of their own, any of which may get lost.
 */
import { armedTimers, type GroupState, todosOf } from "../../actors/group/mod.ts";
import type { ActorTimers } from "../../actors/host/testing/mod.ts";
import { deriveId, type MailboxCommand } from "../../actors/protocol/mod.ts";
import { GROUP, timerSubject } from "../../actors/protocol/routing/mod.ts";
import { type Environment, EPOCH_MS } from "./environment.ts";
import type { Process } from "./process.ts";

const TIMEOUT_MS = 1_000;

interface Timer {
  readonly groupId: string;
  readonly about: string;
  readonly name: string;
  readonly version: number;
  readonly at: string;
  readonly command: object;
}

export class TimerStore {
  readonly #pending = new Map<string, Timer>();
  readonly #environment: Environment;
  readonly #toMailbox: (command: MailboxCommand) => void;

  /** @param toMailbox takes the command of a timer that is due */
  constructor(environment: Environment, toMailbox: (command: MailboxCommand) => void) {
    this.#environment = environment;
    this.#toMailbox = toMailbox;
  }

  set(timer: Timer): void {
    const { clock } = this.#environment;
    const subject = timerSubject({ kind: GROUP, id: timer.groupId }, timer);
    this.#pending.set(subject, timer);
    this.#environment.note("timers", `${timer.at.slice(17)} ${subject.slice(-24)} set`);
    clock.after(Date.parse(timer.at) - EPOCH_MS - clock.nowMs, () => {
      if (this.#pending.get(subject) === timer) this.#fire(subject, timer);
    });
  }

  /** Cancels the timers about a todo that were set before the group was at `version`. */
  cancelBefore(groupId: string, about: string, version: number): void {
    for (const [subject, timer] of this.#pending) {
      const isOf = timer.groupId === groupId && timer.about === about;
      if (isOf && timer.version < version) this.#pending.delete(subject);
    }
  }

  /** A timer that the group's `state` needs and that is not there; `undefined` when all are. */
  missing(state: GroupState): string | undefined {
    const pending = [...this.#pending.values()].filter(({ groupId }) => groupId === state.id);
    for (const { id: about } of todosOf(state)) {
      for (const { name, at } of armedTimers(state, about)) {
        const isThere = pending.some((timer) =>
          timer.about === about && timer.name === name && timer.at === at
        );
        if (!isThere) return `timer ${name} of ${about} in ${state.id} is not set`;
      }
    }
    return undefined;
  }

  #fire(subject: string, { at, command: body }: Timer): void {
    const { clock, faults, random } = this.#environment;
    this.#pending.delete(subject);
    const command_id = deriveId(subject, Date.parse(at), 0);
    const command = { command_id, ...body } as MailboxCommand;
    for (let times = random.chance(faults.rates.feedTwin) ? 2 : 1; times > 0; times--) {
      clock.after(random.between(0, random.chance(faults.rates.slow) ? 2_000 : 2), () => {
        this.#toMailbox(command);
      });
    }
  }
}

/** The timers as the host of `process` sets them. */
export function hostTimers(process: Process, store: TimerStore): ActorTimers {
  const ask = async (perform: () => void) => {
    const isDone = await process.call({
      name: "timer",
      timeoutMs: TIMEOUT_MS,
      perform: (reply) => {
        perform();
        reply(true);
      },
      lost: () => false,
    });
    if (!isDone) throw new Error("The timers cannot be reached");
  };
  return {
    async set(groupId, version, changes) {
      for (const { about, armed, fresh } of changes) {
        await Promise.all(
          armed.map((timer) => ask(() => store.set({ ...timer, groupId, about, version }))),
        );
        if (!fresh) await ask(() => store.cancelBefore(groupId, about, version));
      }
    },
  };
}

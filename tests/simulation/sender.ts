/**
 * Somebody who sends commands through an edge: publishes to the mailbox, waits, and when the outcome
 * stays unknown sends the same command again, under the same id, until it is known.
 */
import type { Command, Outcome } from "../../actors/protocol/mod.ts";
import { USERS, wanted } from "./command_mix.ts";
import type { CommandChecks } from "./command_checks.ts";
import { type Environment, EPOCH_MS } from "./environment.ts";
import type { MailboxStream } from "./mailbox_stream.ts";

const PATIENCE_MS = 2_000;

export interface SenderWorld {
  readonly environment: Environment;
  readonly mailbox: MailboxStream;
  readonly checks: CommandChecks;
  readonly groupIds: readonly string[];
  /** Command ids sent to each group. */
  readonly sent: Map<string, string[]>;
}

export class Sender {
  readonly #world: SenderWorld;
  readonly #name: string;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();
  #attempts = 0;
  isDone = false;

  constructor(name: string, world: SenderWorld) {
    this.#name = name;
    this.#world = world;
  }

  /** Sends `count` commands, one after the other. */
  async run(count: number): Promise<void> {
    const { random } = this.#world.environment;
    for (let i = 0; i < count; i++) {
      await this.#sleep(random.chance(0.5) ? random.between(0, 20) : random.between(20, 1_200));
      await this.#send(this.#next());
    }
    this.isDone = true;
  }

  /** Sends one command after the other that founds the groups. */
  async found(): Promise<void> {
    for (const group_id of this.#world.groupIds) {
      const command_id = this.#newId();
      const payload = { name: "Home" };
      await this.#send({ command_id, group_id, actor: USERS[0], type: "group.create", payload });
    }
    this.isDone = true;
  }

  /** Takes an answer that has arrived. */
  reply(replyTo: string, body: string): void {
    this.#waiting.get(replyTo)?.(JSON.parse(body) as Outcome);
  }

  #newId(): string {
    const { random, clock } = this.#world.environment;
    // Clocks of browsers are a little off.
    return random.uuid(EPOCH_MS + clock.nowMs + random.between(-2_000, 2_000));
  }

  #next(): Command {
    const { environment: { random }, groupIds, sent, checks } = this.#world;
    const group_id = random.pick(groupIds);
    const ids = sent.get(group_id) ?? [];
    sent.set(group_id, ids);
    const body = wanted(random, { sent: ids, nowMs: this.#world.environment.wallMs });
    // Now and then an id is used again, for something else.
    const command_id = ids.length > 0 && random.chance(0.03) ? random.pick(ids) : this.#newId();
    ids.push(command_id);
    const version = checks.versionOf(group_id);
    const expected_version = Math.max(0, version - random.int(3));
    return {
      command_id,
      group_id,
      actor: random.chance(0.8) ? USERS[0] : random.pick(USERS),
      ...(random.chance(0.15) ? { expected_version } : {}),
      ...body,
    };
  }

  /** Sends until the outcome is known. */
  async #send(command: Command): Promise<void> {
    const { environment } = this.#world;
    const { random } = environment;
    for (;;) {
      const outcome = this.#attempt(command);
      // An impatient caller, or a network that sends twice.
      if (random.chance(0.05)) void this.#attempt(command);
      const known = await outcome;
      if (known) {
        const what = known.status === "rejected" ? known.problem.code : `v${known.version}`;
        environment.note(this.#name, `hears of ${command.command_id.slice(-6)}: ${what}`);
        return;
      }
      await this.#sleep(random.between(10, 500));
    }
  }

  /** One sending; `undefined` when nothing was heard of it in time. */
  #attempt(command: Command): Promise<Outcome | undefined> {
    const { environment, mailbox, checks } = this.#world;
    const { clock } = environment;
    const replyTo = `${this.#name}/${++this.#attempts}`;
    return new Promise((resolve) => {
      const end = (outcome?: Outcome) => {
        this.#waiting.delete(replyTo);
        resolve(outcome);
      };
      this.#waiting.set(replyTo, end);
      clock.after(PATIENCE_MS, () => end());
      const ms = environment.travelMs();
      if (ms === undefined) return;
      clock.after(ms, () => {
        checks.commandStored(mailbox.append(command, { replyTo, nowMs: environment.wallMs }));
      });
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.environment.clock.after(ms, resolve));
  }
}

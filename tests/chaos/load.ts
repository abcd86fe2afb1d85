/**
 * Closed-loop load: clients that send commands to the mailboxes as the edge does, repeat what got no
 * outcome under the same id, and keep a history for the checkers. Groups grow old and are replaced, so
 * that hosts always load some and forget others.
 */
import { NatsMailbox } from "../../edge/commands/mod.ts";
import type { NatsConnection } from "../../actors/platform/mod.ts";
import { type Command, type CommandBody, newId } from "../../actors/protocol/mod.ts";
import { sleep } from "../support/eventually.ts";
import type { Answered, Fault } from "../support/history.ts";
import { Attempts } from "./attempts.ts";
import { newReminder, newTodo } from "./new_todos.ts";
import type { Random } from "./random.ts";
import { Served } from "./served.ts";

const OWNER = "owner";
/** The edge's default. */
const DEADLINE_MS = 2_000;
const KNOWN_TODOS = 20;
const COMMANDS_PER_GROUP = 400;

export interface LoadOptions {
  readonly clients: number;
  readonly groups: number;
  /** Longest pause of a client between two commands, in milliseconds. */
  readonly thinkMs: number;
  /** How long a client repeats a command before it gives up. */
  readonly patienceMs: number;
  /** Bytes of the description of most new todos; 0 for none. */
  readonly descriptionBytes: number;
}

export const DEFAULT_LOAD: LoadOptions = {
  clients: 16,
  groups: 12,
  thinkMs: 60,
  patienceMs: 60_000,
  descriptionBytes: 0,
};

/** A group in use: replaced by a new one when it has had enough commands. */
interface Current {
  readonly groupId: string;
  /** Todos to change; nobody completes or deletes them. */
  readonly todos: string[];
  /** Todos with a reminder; whoever takes one out completes or deletes it. */
  readonly reminded: string[];
  commands: number;
}

/** What must become of a command if nothing is wrong. */
type Expected = "committed" | "rejected";

export class Load {
  readonly history: Answered[] = [];
  /** Every group that was ever used. */
  readonly groupIds: string[] = [];
  /** Commands that got the opposite of the outcome they must have. */
  readonly faults: Fault[] = [];
  readonly #mailbox: NatsMailbox;
  readonly #attempts: Attempts;
  readonly #options: LoadOptions;
  readonly #random: Random;
  readonly #current: Promise<Current>[] = [];
  readonly #served = new Served();
  readonly #clients: Promise<void>[];
  #stopping = false;

  /** Starts at once. */
  constructor(connection: NatsConnection, random: Random, options: Partial<LoadOptions> = {}) {
    this.#options = { ...DEFAULT_LOAD, ...options };
    this.#random = random;
    this.#mailbox = new NatsMailbox(connection, { deadlineMs: DEADLINE_MS, maxInFlight: 10_000 });
    this.#attempts = new Attempts(this.#mailbox, this.#options.patienceMs);
    for (let i = 0; i < this.#options.groups; i++) this.#current.push(this.#newGroup());
    this.#clients = Array.from({ length: this.#options.clients }, (_, i) => this.#work(i));
  }

  /** Attempts that ended without an outcome, by what was known of them. */
  get setbacks(): Readonly<Record<string, number>> {
    return this.#attempts.setbacks;
  }

  /** The longest that one attempt took to be answered, whatever the answer. */
  get longestAttemptMs(): number {
    return this.#attempts.longestMs;
  }

  /**
   * Waits until every client got an outcome of a command it sent after `sinceMs`.
   *
   * @returns how long that took, in milliseconds after `sinceMs`
   * @throws {Error} when it takes longer than `timeoutMs`
   */
  served(sinceMs: number, timeoutMs: number): Promise<number> {
    return this.#served.until([...this.#clients.keys()], { sinceMs, timeoutMs });
  }

  /** Ends the load: every client first learns the outcome of what it sent. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#clients);
    // Whatever a mailbox still holds is decided before this.
    await Promise.all(this.groupIds.map((id) => this.#send(id, newTodo(newId()), "committed")));
    this.#mailbox[Symbol.dispose]();
  }

  async #work(client: number): Promise<void> {
    const { groups, thinkMs } = this.#options;
    const index = client % groups;
    while (!this.#stopping) {
      const opening = this.#current[index];
      const current = await opening;
      if (!current) return;
      if (++current.commands > COMMANDS_PER_GROUP && this.#current[index] === opening) {
        this.#current[index] = this.#newGroup();
      }
      const answered = await this.#command(current);
      if (answered.outcome !== "stored") this.#served.note(client, answered);
      await sleep(this.#random.next() * thinkMs);
    }
  }

  async #newGroup(): Promise<Current> {
    const groupId = newId();
    this.groupIds.push(groupId);
    const body = { type: "group.create", payload: { name: "Chaos" } } as const;
    await this.#send(groupId, body, "committed");
    return { groupId, todos: [], reminded: [], commands: 0 };
  }

  async #command({ groupId, todos, reminded }: Current): Promise<Answered> {
    const chance = this.#random.next();
    const known = todos[this.#random.below(todos.length)];
    if (chance < 0.1) {
      const unknown = { type: "todo.complete", payload: { todo_id: newId() } } as const;
      return await this.#send(groupId, unknown, "rejected");
    }
    if (chance < 0.2) {
      const commands = Array.from({ length: 4 }, () => newTodo(newId()));
      return await this.#send(groupId, { type: "batch", payload: { commands } }, "committed");
    }
    if (chance < 0.45 && known !== undefined) {
      const payload = { todo_id: known, title: `Changed at ${performance.now()}` };
      return await this.#send(groupId, { type: "todo.update", payload }, "committed");
    }
    if (chance < 0.5) {
      // The newest one before it is due, the oldest one after that.
      const done = this.#random.next() < 0.5 ? reminded.pop() : reminded.shift();
      if (done !== undefined) return await this.#finish(groupId, done);
    }
    const todo_id = newId();
    const isPatient = chance < 0.9;
    const { descriptionBytes } = this.#options;
    const hasReminder = chance < 0.6;
    const todo = hasReminder
      ? newReminder(todo_id, this.#random)
      : newTodo(todo_id, descriptionBytes);
    const answered = await this.#send(groupId, todo, "committed", isPatient);
    if (answered.outcome === "committed") (hasReminder ? reminded : todos).push(todo_id);
    if (todos.length > KNOWN_TODOS) todos.shift();
    return answered;
  }

  async #finish(groupId: string, todo_id: string): Promise<Answered> {
    const type = this.#random.next() < 0.5 ? "todo.complete" : "todo.delete";
    return await this.#send(groupId, { type, payload: { todo_id } }, "committed");
  }

  /** Sends a command until its outcome is known; one that is not patient only until it is stored. */
  async #send(
    groupId: string,
    body: CommandBody,
    expected: Expected,
    isPatient = true,
  ): Promise<Answered> {
    const command: Command = { command_id: newId(), group_id: groupId, actor: OWNER, ...body };
    const answered = await this.#attempts.send(command, isPatient);
    this.history.push(answered);
    const { outcome, command_id: id } = answered;
    const opposite = expected === "committed" ? "rejected" : "committed";
    if (outcome === opposite) {
      this.faults.push({ kind: "reply", what: `${id} was ${outcome}, it must be ${expected}` });
    }
    return answered;
  }
}

/**
 * One WebSocket from its first message on: who it is, then what it asks for, message by message in order;
 * commands alone go side by side. Knows nothing of sockets or of the library that reads them.
 */
import { randomBytes } from "node:crypto";
import { newId, type Problem, ProblemError } from "../../protocol/mod.ts";
import type { RateLimiter } from "../../platform/mod.ts";
import type { Caller } from "../access.ts";
import { attachGroups } from "../attaching.ts";
import type { Connection } from "../connection.ts";
import type { Outlet } from "../connection_terms.ts";
import { admit, checkAdmission, type OpeningContext } from "../opening.ts";
import type { Presence } from "../presence/mod.ts";
import type { Tickets } from "../tickets.ts";
import type { Timed } from "../wheel.ts";
import {
  type ClientMessage,
  commandIdOf,
  type CommandMessage,
  parseClientMessage,
} from "./client_message.ts";
import type { Commands } from "./commands.ts";
import { ackMessage, type MessageId, nackMessage, outcomeMessage, pongMessage } from "./wire.ts";

/** How long a client may take to say who it is. */
const AUTH_MS = 5_000;
/** Messages of one client that are being worked on, about; until some are done no more are read. */
const AT_ONCE = 32;
/** Messages that cannot be read, or are beyond the quota, before the client is sent away. */
const MAX_STRIKES = 20;
/** Close codes (RFC 6455, section 7.4.1). */
export const POLICY_VIOLATION = 1008;
export const SERVICE_RESTART = 1012;
/** How long a client may take to say farewell too. */
export const FAREWELL_MS = 2_000;

/** The other end of a session. */
export interface SocketOutlet extends Outlet {
  /** Ends the socket after what was written. */
  close(code: number, reason: string): void;
  /** Reads no more messages until {@link resume}, but for those that have arrived already. */
  pause(): void;
  resume(): void;
}

export interface SessionContext extends Omit<OpeningContext, "presence"> {
  readonly presence: Presence;
  readonly tickets: Pick<Tickets, "redeem">;
  readonly commands: Commands;
  /** Messages per user. */
  readonly quota: RateLimiter;
  /** Told of every refusal. */
  refused(problem: Problem): void;
  /** Told of errors that are ours. */
  failed(error: unknown): void;
}

export class Session implements Timed {
  readonly #outlet: SocketOutlet;
  readonly #context: SessionContext;
  readonly #address: string;
  /** Called once the client has a stream, which counts from then on. */
  readonly #admitted: () => void;
  #caller: Caller | undefined;
  #connection: Connection | undefined;
  /** What is being worked on in order. */
  #work: Promise<void> = Promise.resolve();
  #working = 0;
  #strikes = 0;
  #isOver = false;

  constructor(
    outlet: SocketOutlet,
    context: SessionContext,
    options: { readonly address: string; readonly admitted: () => void },
  ) {
    this.#outlet = outlet;
    this.#context = context;
    this.#address = options.address;
    this.#admitted = options.admitted;
    const { wheel, now } = context.connections;
    wheel.schedule(this, now() + AUTH_MS);
  }

  /** Begins with a ticket, before any message. */
  useTicket(ticket: string): void {
    this.#enqueue(undefined, async () => {
      this.#begin(await this.#context.tickets.redeem(ticket, Date.now()), undefined);
    });
  }

  /** Takes a text message. */
  receive(text: Uint8Array): void {
    if (this.#isOver) return;
    this.#connection?.heard();
    const parsed = parseClientMessage(text);
    if (!parsed.ok) return this.#strike(parsed.id, parsed.problem);
    const { message } = parsed;
    this.#enqueue(message.id, () => this.#handle(message));
  }

  /** The client has answered a ping. */
  heard(): void {
    this.#connection?.heard();
  }

  /** The client has taken what was written. */
  drained(): void {
    this.#connection?.drained();
  }

  /** The socket is closed. */
  gone(): void {
    this.#isOver = true;
    this.#context.connections.wheel.cancel(this);
    this.#connection?.gone();
  }

  /** Sends the client away because the streamer is going. */
  dismiss(): void {
    this.#close(SERVICE_RESTART, "draining");
  }

  due(): undefined {
    if (this.#caller || this.#isOver) return;
    this.#refuseAll({
      code: "unauthenticated",
      detail: `The first message must be "auth", within ${AUTH_MS / 1000} seconds`,
    });
  }

  /** Works on one thing after the other; what goes wrong is told under `id`. */
  #enqueue(id: MessageId, action: () => Promise<void> | void): void {
    const done = this.#started();
    this.#work = this.#work.then(async () => {
      try {
        // What comes after the farewell is not done: its answer could not be told any more.
        const isListening = !this.#isOver && this.#connection?.isOpen !== false;
        if (isListening) await action();
      } catch (error) {
        this.#failed(id, error);
      } finally {
        done();
      }
    });
  }

  /** Counts something that is being worked on until the result is called. */
  #started(): () => void {
    if (++this.#working === AT_ONCE) this.#outlet.pause();
    return () => {
      if (this.#working-- === AT_ONCE) this.#outlet.resume();
    };
  }

  #failed(id: MessageId, error: unknown): void {
    const { problem } = error instanceof ProblemError ? error : this.#ours(error);
    if (this.#caller) this.#nack(id, problem);
    else this.#refuseAll(problem, id);
  }

  #ours(error: unknown): { readonly problem: Problem } {
    this.#context.failed(error);
    return { problem: { code: "internal", detail: "Something went wrong here" } };
  }

  async #handle(message: ClientMessage): Promise<void> {
    const { id } = message;
    if (message.op === "auth") return await this.#authenticate(message.token, id);
    const [caller, connection] = [this.#caller, this.#connection];
    if (!caller || !connection) throw unauthenticated('The first message must be "auth"');
    const take = this.#context.quota.take(caller.userId);
    if (!take.allowed) return this.#strike(id, tooMany(take.seconds), take.seconds);
    switch (message.op) {
      case "sub":
        return await this.#subscribe(message, caller, connection);
      case "unsub":
        for (const groupId of message.group_ids) connection.leave(groupId);
        return connection.say(ackMessage(id, { group_ids: message.group_ids }));
      case "cmd":
        void this.#command(message, caller).finally(this.#started());
        return;
      case "presence":
        return this.#present(message, connection);
      case "ping":
        return connection.say(pongMessage(id));
      default:
        return message satisfies never;
    }
  }

  async #authenticate(token: string, id: MessageId): Promise<void> {
    if (this.#caller) {
      const detail = "This WebSocket has its user already; open another one";
      throw new ProblemError({ code: "conflict", detail });
    }
    this.#begin(await this.#context.access.authenticate(`Bearer ${token}`, Date.now()), id);
  }

  #begin(caller: Caller, id: MessageId): void {
    if (this.#isOver) return;
    // What has waited counted as a stream of its address, as it does from now on.
    this.#admitted();
    checkAdmission(caller, this.#address, this.#context);
    this.#caller = caller;
    this.#connection = admit(caller, {
      outlet: this.#outlet,
      address: this.#address,
      context: this.#context,
      groups: [],
    });
    const expires_at = new Date(caller.expiresAtMs).toISOString();
    this.#connection.say(ackMessage(id, { user_id: caller.userId, expires_at }));
  }

  async #subscribe(
    message: Extract<ClientMessage, { readonly op: "sub" }>,
    { userId }: Caller,
    connection: Connection,
  ): Promise<void> {
    const { id, group_ids, cursor, presence } = message;
    const known = new Set(connection.groupIds);
    const groupIds = [...new Set(group_ids)].filter((groupId) => !known.has(groupId));
    const { maxGroups } = this.#context;
    if (known.size + groupIds.length > maxGroups) {
      const detail = `Cannot follow more than ${maxGroups} groups on one stream`;
      const errors = [{ pointer: "/group_ids", code: "max_length", message: detail }];
      throw new ProblemError({ code: "validation", detail, errors });
    }
    await attachGroups({ userId, groupIds, cursor }, this.#context, (groups) => {
      if (!connection.isOpen) return false;
      connection.say(ackMessage(id, { group_ids }));
      connection.join(groups);
      if (presence) { for (const each of group_ids) connection.sit(each, this.#context.presence); }
      this.#context.opened(cursor === undefined ? "fresh" : "resume");
      return true;
    });
  }

  #present(
    message: Extract<ClientMessage, { readonly op: "presence" }>,
    connection: Connection,
  ): void {
    const { id, group_id, state, todo_id } = message;
    const seat = connection.sit(group_id, this.#context.presence);
    if (!seat) {
      const detail = `Cannot be present in group "${group_id}": it is not followed here`;
      const errors = [{ pointer: "/group_id", code: "not-followed", message: detail }];
      throw new ProblemError({ code: "conflict", detail, errors });
    }
    seat.say({ state, ...(todo_id === undefined ? {} : { todo_id }) });
    connection.say(ackMessage(id));
  }

  async #command(message: CommandMessage, { userId }: Caller): Promise<void> {
    const { id } = message;
    // With an id the command can be sent again, whatever becomes of it.
    const command_id = commandIdOf(message) ?? newId();
    const command = { command_id, ...message.command };
    try {
      const request = { user_id: userId, command };
      const result = await this.#context.commands.send(request, newTrace());
      switch (result.kind) {
        case "answered":
          this.#connection?.say(outcomeMessage(id, result.replayed, result.outcome));
          return;
        case "refused":
          return this.#nack(id, result.problem, { command_id, retry_after: result.retryAfter });
        case "unknown": {
          const detail = `It is not known whether command "${command_id}" was stored; ` +
            "send it again with the same id";
          return this.#nack(id, { code: "outcome-unknown", detail }, { command_id });
        }
        default:
          result satisfies never;
      }
    } catch (error) {
      this.#failed(id, error);
    }
  }

  /** Refuses a message that is of no use; whoever sends many is sent away. */
  #strike(id: MessageId, problem: Problem, retryAfter?: number): void {
    if (!this.#caller) return this.#refuseAll(problem, id);
    this.#nack(id, problem, { retry_after: retryAfter });
    if (++this.#strikes >= MAX_STRIKES) this.#close(POLICY_VIOLATION, problem.code);
  }

  #nack(id: MessageId, problem: Problem, more: {
    readonly command_id?: string;
    readonly retry_after?: number | undefined;
  } = {}): void {
    this.#context.refused(problem);
    const frame = nackMessage(id, problem, { instance: newId(), ...more });
    if (this.#connection) this.#connection.say(frame);
    else this.#outlet.write(frame);
  }

  /** Refuses the whole socket. */
  #refuseAll(problem: Problem, id?: MessageId): void {
    if (this.#isOver) return;
    this.#nack(id, problem);
    this.#close(POLICY_VIOLATION, problem.code);
  }

  #close(code: number, reason: string): void {
    this.#isOver = true;
    this.#connection?.flush();
    this.#outlet.close(code, reason);
    this.#connection?.gone();
  }
}

/** A new trace (W3C trace context) that is not sampled: whoever records traces decides that further out. */
function newTrace(): string {
  const hex = (bytes: number) => randomBytes(bytes).toString("hex");
  return `00-${hex(16)}-${hex(8)}-00`;
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError({ code: "unauthenticated", detail });
}

function tooMany(seconds: number): Problem {
  return { code: "rate-limited", detail: `Too many messages: go on in ${seconds} s` };
}

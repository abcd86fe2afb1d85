/**
 * The client of the durable mailboxes: publishes commands and matches what comes back. One wildcard
 * subscription per process takes both the stream's acknowledgement ("stored") and the owner's outcome,
 * told apart by their headers; nothing is subscribed, and no timer is set, per command.
 */
import { PubHeaders } from "@nats-io/jetstream";
import { headers as newHeaders, type Msg, type NatsConnection } from "@nats-io/nats-core";
import { LRUCache } from "lru-cache";
import { DUE_KEPT, type Link, logger, Outbox, watchLink } from "../../actors/platform/mod.ts";
import { type Command, newId, type Problem } from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";
import { problemOfRefusal, type StreamAck } from "./_refusal.ts";

/** How often pending commands are looked over for the end of their patience. */
const SWEEP_MS = 25;
const NO_RESPONDERS = 503;
/** How long, and for how many commands, an outcome is still listened for after the answer was given. */
const LATE_MS = 60 * 60_000;
const LATE_COMMANDS = 20_000;
const utf8 = new TextDecoder();

/** What is known of a command when its sender has to be answered. */
export type Sent =
  /** Committed; `body` is the outcome's JSON, `replayed` says it is the outcome of an earlier twin. */
  | {
    readonly kind: "committed";
    readonly replayed: boolean;
    readonly version: number;
    readonly body: Uint8Array;
  }
  | { readonly kind: "rejected"; readonly problem: Problem }
  /** Durable in the mailbox, will be decided; its outcome is not known yet. */
  | { readonly kind: "stored" }
  /** Not taken by the mailbox: nothing was stored. */
  | { readonly kind: "refused"; readonly problem: Problem }
  /** Neither acknowledged nor refused: it may be stored or not. */
  | { readonly kind: "unknown" };

interface Trace {
  readonly traceparent: string;
}

export interface SendOptions extends Trace {
  /** Answer as soon as the command is durable, without waiting for the outcome. */
  readonly async?: boolean;
  /** Told the outcome when it comes after the command was answered without it; best effort. */
  readonly onLate?: (sent: Sent) => void;
}

/** Takes commands to the owners of their groups. */
export interface Mailbox {
  send(command: Command, options: SendOptions): Promise<Sent>;
}

/** Takes what once was a command to the mailbox it came from, byte for byte, whatever it is. */
export interface Redelivery {
  /** @param subject an actor's mailbox */
  redeliver(subject: string, data: Uint8Array, options: SendOptions): Promise<Sent>;
  /**
   * The same for what a timer had sent: it is put where timers put it, and from there the server takes it
   * to the mailbox. Answers as soon as it is durable.
   *
   * @param subject where the messages of the actor's timers lie that are due
   */
  redeliverDue(subject: string, data: Uint8Array, options: Trace): Promise<Sent>;
}

interface Pending {
  readonly resolve: (sent: Sent) => void;
  readonly giveUpAt: number;
  readonly async: boolean;
  readonly onLate: ((sent: Sent) => void) | undefined;
  stored: boolean;
}

export interface MailboxOptions {
  /** How long to wait for an outcome, in milliseconds. */
  readonly deadlineMs: number;
  /** Most commands waiting for their outcome at once; more are refused. */
  readonly maxInFlight: number;
}

export class NatsMailbox implements Mailbox, Redelivery {
  readonly #connection: NatsConnection;
  readonly #options: MailboxOptions;
  readonly #outbox: Outbox;
  readonly #prefix = `svc.outcome.${newId()}.`;
  /** By token, in the order of sending and so of their deadlines. */
  readonly #pending = new Map<string, Pending>();
  /** By token, who wants to know what became of a command that is answered already. */
  readonly #late = new LRUCache<string, (sent: Sent) => void>({
    max: LATE_COMMANDS,
    ttl: LATE_MS,
    ttlResolution: 0,
  });
  readonly #subscription;
  readonly #link: Link;
  #disposed = false;
  #next = 0;
  #sweeper: ReturnType<typeof setInterval> | undefined;

  constructor(connection: NatsConnection, options: MailboxOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#outbox = new Outbox(connection);
    this.#subscription = connection.subscribe(`${this.#prefix}*`, {
      callback: (error, message) => {
        if (error === null) return this.#receive(message);
        logger("edge").error("Outcomes of commands cannot be received: {reason}", {
          reason: error.message,
        });
      },
    });
    this.#link = watchLink(connection);
  }

  /** How many commands wait for their outcome. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** Whether as many commands wait as may: the next one is refused. */
  get isFull(): boolean {
    return this.#pending.size >= this.#options.maxInFlight;
  }

  /** Whether the server can be reached at this moment. */
  get connected(): boolean {
    return this.#link.isConnected && !this.#disposed;
  }

  send(command: Command, options: SendOptions): Promise<Sent> {
    const subject = groupSubject("command", command.group_id);
    return this.#publish(subject, JSON.stringify(command), options);
  }

  redeliver(subject: string, data: Uint8Array, options: SendOptions): Promise<Sent> {
    return this.#publish(subject, data, options);
  }

  redeliverDue(subject: string, data: Uint8Array, { traceparent }: Trace): Promise<Sent> {
    return this.#publish(subject, data, { traceparent, async: true, isDue: true });
  }

  #publish(
    subject: string,
    data: Uint8Array | string,
    options: SendOptions & { readonly isDue?: boolean },
  ): Promise<Sent> {
    // While the connection is down the client library would queue the message and send it any time
    // later; refusing keeps "nothing was stored" true.
    if (!this.connected) return Promise.resolve(refused("The mailbox cannot be reached"));
    if (this.isFull) {
      return Promise.resolve(refused("Too many commands are in flight"));
    }
    const token = (this.#next++).toString(36);
    const reply = this.#prefix + token;
    const fields = newHeaders();
    // Nobody waits for what becomes of a timer's message.
    if (options.isDue) fields.append(PubHeaders.MessageTTL, DUE_KEPT);
    else fields.append(headers.REPLY_TO, reply);
    fields.append(headers.TRACEPARENT, options.traceparent);
    this.#outbox.publish(subject, data, { headers: fields, reply });
    return new Promise((resolve) => {
      this.#pending.set(token, {
        resolve,
        giveUpAt: performance.now() + this.#options.deadlineMs,
        async: options.async ?? false,
        onLate: options.onLate,
        stored: false,
      });
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
    });
  }

  #receive(message: Msg): void {
    const token = message.subject.slice(this.#prefix.length);
    const pending = this.#pending.get(token);
    if (!pending) return this.#receiveLate(token, message);
    const outcome = message.headers?.get(headers.OUTCOME);
    if (outcome) return this.#settle(token, pending, readOutcome(outcome, message));
    if (message.headers?.code === NO_RESPONDERS) {
      return this.#settle(token, pending, refused("No mailbox takes this command"));
    }
    const problem = problemOfRefusal(message.json<StreamAck>());
    if (problem) return this.#settle(token, pending, { kind: "refused", problem });
    pending.stored = true;
    if (pending.async) this.#settle(token, pending, { kind: "stored" });
  }

  #receiveLate(token: string, message: Msg): void {
    const outcome = message.headers?.get(headers.OUTCOME);
    const tell = outcome ? this.#late.get(token) : undefined;
    if (!outcome || !tell) return;
    this.#late.delete(token);
    tell(readOutcome(outcome, message));
  }

  #settle(token: string, pending: Pending, sent: Sent): void {
    this.#pending.delete(token);
    if (pending.onLate && (sent.kind === "stored" || sent.kind === "unknown")) {
      this.#late.set(token, pending.onLate);
    }
    pending.resolve(sent);
  }

  #sweep(): void {
    const now = performance.now();
    for (const [token, pending] of this.#pending) {
      if (pending.giveUpAt > now) break;
      this.#settle(token, pending, { kind: pending.stored ? "stored" : "unknown" });
    }
    if (this.#pending.size === 0) this.#stopSweeping();
  }

  #stopSweeping(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  /** Answers everybody who still waits with what is known, and lets go of the subscription. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#stopSweeping();
    this.#subscription.unsubscribe();
    for (const [token, pending] of this.#pending) {
      this.#settle(token, pending, { kind: pending.stored ? "stored" : "unknown" });
    }
  }
}

function refused(detail: string): Sent {
  return { kind: "refused", problem: { code: "unavailable", detail } };
}

function readOutcome(outcome: string, message: Msg): Sent {
  if (outcome === "rejected") {
    const { problem } = JSON.parse(utf8.decode(message.data)) as { problem: Problem };
    return { kind: "rejected", problem };
  }
  return {
    kind: "committed",
    replayed: outcome === "replayed",
    version: Number(message.headers?.get(headers.VERSION)),
    body: message.data,
  };
}

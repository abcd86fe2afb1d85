/**
 * Timers on NATS: a message that the server keeps until it is due and then hands to the actor's mailbox
 * (message schedules, ADR-51). A subject holds one timer and names the version of the actor that set it, so
 * that a host that was paused and goes on late neither replaces nor cancels what its successor has set.
 */
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { headers as newHeaders, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import type { TimerChange } from "../../kind/mod.ts";
import { DUE_KEPT, type Outbox, Requests, streamName } from "../../platform/mod.ts";
import { deriveId } from "../../protocol/mod.ts";
import {
  type ActorAddress,
  actorSubject,
  blockOf,
  headers,
  partitionOf,
  shardOfBlock,
  timersFilter,
  timerSubject,
  timerVersion,
} from "../../protocol/routing/mod.ts";
import type { ActorTimers } from "../actor/mod.ts";

const SCHEDULE = "Nats-Schedule";
const SCHEDULE_TARGET = "Nats-Schedule-Target";
const SCHEDULE_TTL = "Nats-Schedule-TTL";
const TIMEOUT_MS = 2_000;
/** Things whose timers are worked on at a time: restoring a group may concern thousands of todos. */
const AT_ONCE = 32;
const TIMER_STREAM = /^TIMER-\d+ /;

export interface NatsTimersOptions {
  /** Name of the kind. */
  readonly kind: string;
  readonly shards: number;
  readonly outbox: Outbox;
}

export class NatsTimers implements ActorTimers, Disposable {
  readonly #connection: NatsConnection;
  readonly #kind: string;
  readonly #shards: number;
  readonly #requests: Requests;
  #manager: Promise<JetStreamManager> | undefined;

  constructor(connection: NatsConnection, options: NatsTimersOptions) {
    this.#connection = connection;
    this.#kind = options.kind;
    this.#shards = options.shards;
    this.#requests = new Requests(connection, { timeoutMs: TIMEOUT_MS, outbox: options.outbox });
  }

  async set(id: string, version: number, changes: readonly TimerChange[]): Promise<void> {
    const actor = { kind: this.#kind, id };
    for (let start = 0; start < changes.length; start += AT_ONCE) {
      const some = changes.slice(start, start + AT_ONCE);
      await Promise.all(some.map((change) => this.#change(actor, version, change)));
    }
  }

  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
  }

  /** Stores the new timers before the old ones go, so that there is no moment without. */
  async #change(actor: ActorAddress, version: number, change: TimerChange): Promise<void> {
    const { about, armed, fresh } = change;
    await Promise.all(armed.map(({ name, at, command }) => {
      const subject = timerSubject(actor, { about, name, version });
      const header = newHeaders();
      header.set(SCHEDULE, `@at ${at}`);
      header.set(SCHEDULE_TARGET, actorSubject("due", actor));
      header.set(SCHEDULE_TTL, DUE_KEPT);
      // The same timer, set again, sends the same command: it has one effect.
      const command_id = deriveId(subject, Date.parse(at), 0);
      return this.#store(subject, JSON.stringify({ command_id, ...command }), header);
    }));
    if (!fresh) await this.#cancelBefore(actor, version, about);
  }

  async #store(subject: string, data: string, header: MsgHdrs): Promise<void> {
    const reply = await this.#requests.send(subject, data, header);
    if (!reply) throw new Error(`Cannot set timer ${subject}: no acknowledgement in time`);
    if (reply.data.length === 0) throw new Error(`Cannot set timer ${subject}: nobody stores it`);
    const { error } = reply.json<{ readonly error?: { readonly description?: string } }>();
    if (error) throw new Error(`Cannot set timer ${subject}: ${error.description}`);
  }

  /** Cancels the timers about one thing that were set before the actor was at `version`. */
  async #cancelBefore(actor: ActorAddress, version: number, about: string): Promise<void> {
    const shard = shardOfBlock(blockOf(partitionOf(actor.id)), this.#shards);
    const stream = streamName("TIMER", shard);
    const manager = await (this.#manager ??= jetstreamManager(this.#connection, {
      checkAPI: false,
      timeout: TIMEOUT_MS,
    }));
    const filter = timersFilter(actor, about);
    const { state } = await manager.streams.info(stream, { subjects_filter: filter });
    const old = Object.keys(state.subjects ?? {}).filter((one) => timerVersion(one) < version);
    await Promise.all(old.map((subject) => manager.streams.purge(stream, { filter: subject })));
  }
}

/**
 * Whether a mailbox message was put there by a timer. The server itself names the stream it copied a message
 * from, and refuses messages in which a client does.
 */
export function isFromTimer(messageHeaders: MsgHdrs | undefined): boolean {
  return TIMER_STREAM.test(messageHeaders?.get(headers.STREAM_SOURCE) ?? "");
}

/**
 * From the mailbox to the actors: hands each command to its actor, in order, and counts it in its block.
 * What is in memory is bounded, for all actors together and for each: an actor that has its share in memory
 * has its further commands fetched from the stream when there is room again, and holds up nobody meanwhile.
 */
import { createHash } from "node:crypto";
import { logger } from "../../platform/mod.ts";
import {
  type ActorAddress,
  actorSubject,
  headers,
  isSampled,
  parseActorSubject,
} from "../../protocol/routing/mod.ts";
import type { Inbox } from "../actor/mod.ts";
import { isFromTimer } from "../nats/mod.ts";
import type { Block } from "./block.ts";
import { Lane, type LaneLimits } from "./lane.ts";
import type { FetchMessages, MailboxMessage, Unreadable } from "./message.ts";

/** Commands in memory ahead of their outcomes, and their bytes; the rest waits in the stream. */
const MAX_PENDING = 10_000;
const MAX_PENDING_BYTES = 128 * 1024 * 1024;
/** What of that one actor may take. */
const LANE_LIMITS: LaneLimits = { maxCommands: 1_000, maxBytes: 8 * 1024 * 1024 };
const FETCH_RETRY_MS = 250;
const HASH_CHARS = 22;

export interface LanesOptions {
  readonly fetch: FetchMessages;
  /** Waits before another try to fetch. */
  readonly pause: (ms: number) => Promise<void>;
  /** Stream that stores the mailboxes. */
  readonly stream: string;
  /** By name of the kind: where the messages for its actors go. */
  readonly inboxes: ReadonlyMap<string, Inbox>;
  /** Told of a message that is no command: it is set aside and passed over. */
  readonly setAside: (message: Unreadable) => Promise<void>;
  /** What of the memory one actor may take; for tests. */
  readonly laneLimits?: LaneLimits;
}

export class Lanes {
  readonly #options: LanesOptions;
  /** By subject, of the actors of which something is on its way. */
  readonly #byActor = new Map<string, Lane>();
  #pending = 0;
  #pendingBytes = 0;
  #finished = 0;
  #roomMade: (() => void) | undefined;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** Commands finished since the start. */
  get finished(): number {
    return this.#finished;
  }

  /** Commands that wait in the stream because their actors have enough in memory. */
  get parked(): number {
    return [...this.#byActor.values()].reduce((sum, { parked }) => sum + parked, 0);
  }

  /** Takes the next message of `block`, which is for `actor`; resolves when another one may come. */
  async take(block: Block, actor: ActorAddress, message: MailboxMessage): Promise<void> {
    block.begin(message.seq);
    const lane = this.#laneOf(message.subject, block);
    if (lane.isFull) return lane.park(message.seq);
    await this.#deliver(lane, actor, message);
    if (this.#isFull) await this.#room();
  }

  /** Leaves what waits in the stream for actors of `blocks` to the next owners. */
  abandon(blocks: readonly Block[]): void {
    for (const lane of this.#byActor.values()) if (blocks.includes(lane.block)) lane.abandon();
  }

  /** Lets {@link take} resolve although there is no room: nobody will take another one for now. */
  stopWaiting(): void {
    this.#roomMade?.();
  }

  get #isFull(): boolean {
    return this.#pending >= MAX_PENDING || this.#pendingBytes >= MAX_PENDING_BYTES;
  }

  #laneOf(subject: string, block: Block): Lane {
    const known = this.#byActor.get(subject);
    if (known) {
      known.block = block;
      return known;
    }
    const lane = new Lane(block, this.#options.laneLimits ?? LANE_LIMITS);
    this.#byActor.set(subject, lane);
    return lane;
  }

  /** Hands a command over, or sets aside what is none. */
  async #deliver(lane: Lane, actor: ActorAddress, message: MailboxMessage): Promise<void> {
    const finish = this.#begin(lane, message);
    try {
      this.#receive(actor, message, finish);
    } catch (error) {
      const { subject, data, headers, seq: sequence } = message;
      const { stream } = this.#options;
      await this.#options.setAside({ subject, stream, sequence, data, headers, error });
      finish();
    }
  }

  /** @throws {Error} when it is no command of its actor */
  #receive(actor: ActorAddress, message: MailboxMessage, finish: () => void): void {
    const { kind, id } = actor;
    const inbox = this.#options.inboxes.get(kind);
    if (!inbox) throw new Error(`no host decides for actors of the kind "${kind}"`);
    // Throws as well when the id is none: nothing could be stored under it.
    const mailbox = actorSubject("command", actor);
    if (message.subject !== mailbox) throw new Error(`the mailbox of "${id}" is ${mailbox}`);
    const replyTo = message.headers?.get(headers.REPLY_TO);
    const traceparent = message.headers?.get(headers.TRACEPARENT);
    inbox.receive({
      id,
      isFromTimer: isFromTimer(message.headers),
      json: () => message.json(),
    }, {
      sequence: message.seq,
      nowMs: Number(message.timestampNanos / 1_000_000n),
      hash: fingerprint(message.data),
      ...(replyTo ? { replyTo } : {}),
      ...(traceparent && isSampled(traceparent) ? { traceparent } : {}),
      finish,
    });
  }

  /** A command comes into memory; the result is to be called once its outcome is durable. */
  #begin(lane: Lane, { subject, seq, data: { length: bytes } }: MailboxMessage): () => void {
    const { block } = lane;
    lane.enter(bytes);
    this.#pending++;
    this.#pendingBytes += bytes;
    return () => {
      block.finish(seq);
      lane.leave(bytes);
      this.#finished++;
      this.#pending--;
      this.#pendingBytes -= bytes;
      if (!this.#isFull) this.#roomMade?.();
      this.#tend(subject, lane);
    };
  }

  /** Fetches what waits for room that there is now, and forgets lanes that have nothing on them. */
  #tend(subject: string, lane: Lane): void {
    if (lane.isEmpty) this.#byActor.delete(subject);
    else if (lane.parked > 0 && lane.hasRoom && !lane.isFetching) void this.#fetch(subject, lane);
  }

  async #fetch(subject: string, lane: Lane): Promise<void> {
    const { fetch, laneLimits = LANE_LIMITS } = this.#options;
    const maxMessages = Math.max(1, laneLimits.maxCommands >> 1);
    lane.isFetching = true;
    while (lane.hasRoom) {
      const from = lane.firstParked;
      if (from === undefined) break;
      try {
        const messages = await fetch({ subject, from, maxMessages });
        await this.#deliverParked(lane, messages, from);
        // What is there and not delivered is to be asked for once more: a replica may lag.
        if (lane.firstParked === from) throw new Error(`Message ${from} is not there`);
      } catch (error) {
        const { stream } = this.#options;
        logger("host").warning("Cannot fetch {subject} from {stream}; trying again: {error}", {
          subject,
          stream,
          error,
        });
        await this.#options.pause(FETCH_RETRY_MS);
      }
    }
    lane.isFetching = false;
    this.#tend(subject, lane);
  }

  /** Delivers those of `messages` that wait, in order: all that the stream has from `from` on. */
  async #deliverParked(
    lane: Lane,
    messages: readonly MailboxMessage[],
    from: number,
  ): Promise<void> {
    for (const message of messages) {
      const actor = parseActorSubject(message.subject);
      this.#passOverGone(lane, { from, to: message.seq });
      // They may have been left to another owner meanwhile, or be newer than what was read.
      if (!actor || message.seq !== lane.firstParked) return;
      lane.unpark();
      await this.#deliver(lane, actor, message);
    }
  }

  /** What the stream has lost between two messages that it has, nobody can decide any more. */
  #passOverGone(lane: Lane, { from, to }: { readonly from: number; readonly to: number }): void {
    for (;;) {
      const first = lane.firstParked;
      if (first === undefined || first < from || first >= to) return;
      logger("host").error("Message {first} of {stream} was deleted before it was decided", {
        first,
        stream: this.#options.stream,
      });
      lane.unpark();
      lane.block.finish(first);
    }
  }

  #room(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#roomMade = () => {
      this.#roomMade = undefined;
      resolve();
    };
    return promise;
  }
}

/** Fingerprint of a command's bytes: what tells a retry from another command under the same id. */
function fingerprint(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("base64url").slice(0, HASH_CHARS);
}

/** The open streams of this process, by user: how many one may have, and ending them together. */
import { ProblemError } from "../protocol/mod.ts";
import type { Addresses } from "./addresses.ts";
import type { CloseReason } from "./close_reason.ts";
import type { ConnectionOwner, OpenStream } from "./connection_terms.ts";
import type { StreamLimit } from "./limit_fields.ts";

export interface StreamsLimits {
  readonly perUser: number;
  readonly total: number;
}

export interface StreamsOptions extends StreamsLimits {
  readonly addresses: Addresses;
  /** Told of every refusal, but not of those by address. */
  readonly onLimited?: (limit: "user" | "process") => void;
}

/** Which streams to end: those of a user, or only those of one of the user's sessions. */
export interface Selection {
  readonly userId: string;
  readonly sessionId?: string | undefined;
}

/** A drain ends a few streams, waits this long, ends the next few. */
const DRAIN_STEP_MS = 100;

export class Streams {
  readonly #options: StreamsOptions;
  readonly #byUser = new Map<string, Set<OpenStream>>();
  #size = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes that wait for all readers. */
  get queuedBytes(): number {
    let sum = 0;
    for (const connection of this.#all()) sum += connection.queuedBytes;
    return sum;
  }

  /**
   * Refuses when the user, the address, or this process, has as many streams as it may.
   *
   * @throws {ProblemError} `rate-limited` or `unavailable`
   */
  checkRoom({ userId, address }: Pick<ConnectionOwner, "userId" | "address">): void {
    const { perUser, total, addresses, onLimited } = this.#options;
    if (this.#size >= total) {
      onLimited?.("process");
      throw new ProblemError({ code: "unavailable", detail: "This streamer is full" });
    }
    if ((this.#byUser.get(userId)?.size ?? 0) >= perUser) {
      onLimited?.("user");
      throw new ProblemError({
        code: "rate-limited",
        detail: `Cannot open another stream: a user may have ${perUser}`,
      });
    }
    addresses.checkRoom(address);
  }

  /** How many streams the user and the address may have, and how many more there is room for. */
  limitsOf({ userId, address }: Pick<ConnectionOwner, "userId" | "address">): StreamLimit[] {
    const { perUser: limit, addresses } = this.#options;
    const left = limit - (this.#byUser.get(userId)?.size ?? 0);
    return [{ name: "streams", limit, left }, addresses.limitOf(address)];
  }

  add(connection: OpenStream): void {
    const { userId, address } = connection.owner;
    const streams = this.#byUser.get(userId);
    if (streams) streams.add(connection);
    else this.#byUser.set(userId, new Set([connection]));
    this.#options.addresses.add(address);
    this.#size++;
  }

  /** Gives back the place of a stream that has ended; once, however often it is told. */
  remove(connection: OpenStream): void {
    const { userId, address } = connection.owner;
    const streams = this.#byUser.get(userId);
    if (!streams?.delete(connection)) return;
    this.#size--;
    if (streams.size === 0) this.#byUser.delete(userId);
    this.#options.addresses.remove(address);
  }

  /** Ends the selected streams; says how many there were. */
  disconnect(selection: Selection): number {
    const { userId, sessionId } = selection;
    const chosen = [...this.#byUser.get(userId) ?? []]
      .filter(({ owner }) => sessionId === undefined || owner.sessionId === sessionId);
    for (const connection of chosen) connection.close("disconnected");
    return chosen.length;
  }

  /**
   * Ends all streams within `overMs`, evenly: their readers come back at once, and those who take them in
   * should not get all of them in the same moment. A few streams take no time to speak of.
   */
  async drain(
    reason: CloseReason,
    { overMs, pause }: {
      readonly overMs: number;
      readonly pause: (ms: number) => Promise<void>;
    },
  ): Promise<void> {
    const connections = [...this.#all()];
    const steps = Math.max(1, Math.floor(overMs / DRAIN_STEP_MS));
    const atOnce = Math.ceil(connections.length / steps);
    for (const [index, connection] of connections.entries()) {
      if (index > 0 && index % atOnce === 0) await pause(DRAIN_STEP_MS);
      connection.close(reason);
    }
  }

  *#all(): Generator<OpenStream> {
    for (const streams of this.#byUser.values()) yield* streams;
  }
}

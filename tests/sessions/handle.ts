/** What the streamer's real count of streams sees of a session. */
import type { CloseReason } from "../../actors/stream/mod.ts";
import type { OpenStream } from "../../actors/stream/testing/mod.ts";

/** Told that the streamer has ended the stream of a session. */
export type Closed = (session: number, reason: CloseReason) => void;

export class Handle implements OpenStream {
  readonly owner: OpenStream["owner"];
  readonly #session: number;
  readonly #closed: Closed;

  constructor(session: number, owner: OpenStream["owner"], closed: Closed) {
    this.#session = session;
    this.owner = owner;
    this.#closed = closed;
  }

  get queuedBytes(): number {
    return 0;
  }

  close(reason: CloseReason): void {
    this.#closed(this.#session, reason);
  }
}

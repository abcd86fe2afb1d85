/** Bounds how many logs are walked at once, by everybody and by one user: each walk is work and memory. */
import { RetryLater } from "../http/mod.ts";

const AGAIN_SECONDS = 2;

export class Walks {
  readonly #most: number;
  readonly #running = new Set<string>();

  /** @param most how many may be under way at once; of one user it is one */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Begins a walk for `userId`.
   *
   * @returns what ends it; a second call does nothing
   * @throws {RetryLater} `rate-limited` while another one of the user's is under way, `unavailable` while too many are
   */
  begin(userId: string): () => void {
    if (this.#running.has(userId)) {
      const detail = "Only one log at a time is verified or exported for a user";
      throw new RetryLater({ code: "rate-limited", detail }, AGAIN_SECONDS);
    }
    if (this.#running.size >= this.#most) {
      const detail = "Too many logs are being verified or exported at this moment";
      throw new RetryLater({ code: "unavailable", detail }, AGAIN_SECONDS);
    }
    this.#running.add(userId);
    let ended = false;
    return () => {
      if (!ended) this.#running.delete(userId);
      ended = true;
    };
  }
}

/**
 * Argon2id for runtimes whose Web Crypto has none, one hash at a time: on a thread of its own where the
 * process may read that thread's program; else on the thread that answers requests, which after each
 * hash is free for as long as it took.
 */
import { pause } from "../../actors/platform/mod.ts";
import { argon2idInWasm, type Argon2Job } from "./_argon2_wasm.ts";

const PROGRAM = new URL("./_argon2_worker.ts", import.meta.url);

export class Argon2Fallback implements Disposable {
  /** The end of the line. */
  #last: Promise<unknown> = Promise.resolve();
  #worker: Worker | undefined;
  /** On the clock of `performance`: before this no hash begins on this thread. */
  #freeAt = 0;

  /**
   * Makes a hash when it is its turn.
   *
   * @throws {Error} when the salt is shorter than 8 bytes or the memory less than 8 KiB per lane
   */
  hash(job: Argon2Job): Promise<Uint8Array> {
    const hash = this.#last.then(() => this.#make(job));
    // Whoever asked learns of a failure; the next one in the line is not concerned.
    this.#last = hash.catch(() => {});
    return hash;
  }

  /** Ends the thread; a hash that is not done is never made. */
  [Symbol.dispose](): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  async #make(job: Argon2Job): Promise<Uint8Array> {
    if (await mayStartWorker()) return await this.#makeThere(job);
    await pause(Math.max(0, this.#freeAt - performance.now()));
    const startedAt = performance.now();
    const bytes = await argon2idInWasm(job);
    const endedAt = performance.now();
    this.#freeAt = endedAt + (endedAt - startedAt);
    return bytes;
  }

  #makeThere(job: Argon2Job): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const worker = this.#worker ??= new Worker(PROGRAM, { type: "module", name: "argon2" });
    worker.onmessage = ({ data }: MessageEvent<Uint8Array | string>) => {
      if (typeof data === "string") reject(new Error(data));
      else resolve(data);
    };
    worker.onerror = (event) => {
      // The thread is gone and must not take the process along; the next hash starts another.
      event.preventDefault();
      this[Symbol.dispose]();
      reject(new Error(`The thread that makes hashes ended: ${event.message}`));
    };
    worker.postMessage(job);
    return promise;
  }
}

async function mayStartWorker(): Promise<boolean> {
  if (PROGRAM.protocol !== "file:") return false;
  const { state } = await Deno.permissions.query({ name: "read", path: PROGRAM });
  return state === "granted";
}

/**
 * Argon2id in WebAssembly, for runtimes whose Web Crypto has none. It works on the thread that answers
 * requests, so there is one hash at a time, and after each the thread is free for as long as it took.
 */
import { pause } from "../../actors/platform/mod.ts";

/** Cost of a hash; `memory` in KiB. */
export interface Argon2Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** Stands for the empty password, which the package refuses and nobody may have: it matches nothing. */
const NOBODYS_BYTES = 32;

let last: Promise<unknown> = Promise.resolve();
/** On the clock of `performance`: before this no hash begins. */
let freeAt = 0;

/**
 * The hash of `secret`, `length` bytes, when it is its turn.
 *
 * @throws {Error} when the salt is shorter than 8 bytes or the memory less than 8 KiB per lane
 */
export function argon2idInWasm(
  secret: Uint8Array,
  salt: Uint8Array,
  options: { readonly cost: Argon2Cost; readonly length: number },
): Promise<Uint8Array> {
  const { cost, length } = options;
  const hash = last.then(async () => {
    // Loaded where it is needed only: it brings its programs along as text.
    const { argon2id } = await import("hash-wasm");
    await pause(Math.max(0, freeAt - performance.now()));
    const startedAt = performance.now();
    const bytes = await argon2id({
      password: secret.length > 0 ? secret : crypto.getRandomValues(new Uint8Array(NOBODYS_BYTES)),
      salt,
      memorySize: cost.memory,
      iterations: cost.passes,
      parallelism: cost.parallelism,
      hashLength: length,
      outputType: "binary",
    });
    const endedAt = performance.now();
    freeAt = endedAt + (endedAt - startedAt);
    return bytes;
  });
  // Whoever asked learns of a failure; the next one in the line is not concerned.
  last = hash.catch(() => {});
  return hash;
}

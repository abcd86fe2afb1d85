/** Argon2id in WebAssembly, on the thread that asks for it. */

/** Cost of a hash; `memory` in KiB. */
export interface Argon2Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** One hash to make. */
export interface Argon2Job {
  readonly secret: Uint8Array;
  /** At least 8 bytes. */
  readonly salt: Uint8Array;
  readonly cost: Argon2Cost;
  /** Of the hash, in bytes. */
  readonly length: number;
}

/** Stands for the empty secret, which the package refuses and nobody may have: it matches nothing. */
const NOBODYS_BYTES = 32;

/**
 * Makes the hash.
 *
 * @throws {Error} when the salt is too short or the memory less than 8 KiB per lane
 */
export async function argon2idInWasm({ secret, salt, cost, length }: Argon2Job) {
  // Loaded where it is needed only: it brings its programs along as text.
  const { argon2id } = await import("hash-wasm");
  return await argon2id({
    password: secret.length > 0 ? secret : crypto.getRandomValues(new Uint8Array(NOBODYS_BYTES)),
    salt,
    memorySize: cost.memory,
    iterations: cost.passes,
    parallelism: cost.parallelism,
    hashLength: length,
    outputType: "binary",
  });
}

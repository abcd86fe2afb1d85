import assert from "node:assert/strict";
import fc from "fast-check";
import { argon2idInWasm } from "./_argon2_wasm.ts";

const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const LEAST = { memory: 8, passes: 1, parallelism: 1 };
const salt = new TextEncoder().encode("somesaltsomesalt");
const bytes = (text: string) => new TextEncoder().encode(text);

async function natively(secret: Uint8Array, nonce: Uint8Array, cost: typeof COST) {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(secret), "Argon2id", false, [
    "deriveBits",
  ]);
  const algorithm = { name: "Argon2id", nonce, ...cost } as unknown as AlgorithmIdentifier;
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}

Deno.test("WebAssembly makes the hashes that Web Crypto makes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 800 }),
      fc.uint8Array({ minLength: 8, maxLength: 32 }),
      fc.record({
        memory: fc.integer({ min: 32, max: 2_000 }),
        passes: fc.integer({ min: 1, max: 3 }),
        parallelism: fc.integer({ min: 1, max: 4 }),
      }),
      async (secret, nonce, cost) => {
        const made = await argon2idInWasm(secret, nonce, { cost, length: 32 });
        assert.deepEqual(made, await natively(secret, nonce, cost));
      },
    ),
    { numRuns: 50 },
  );
  const made = await argon2idInWasm(bytes("correct horse"), salt, { cost: COST, length: 32 });
  assert.deepEqual(made, await natively(bytes("correct horse"), salt, COST));
});

Deno.test("an empty secret matches nothing, not even itself", async () => {
  const options = { cost: LEAST, length: 32 };
  const [one, other] = await Promise.all([
    argon2idInWasm(new Uint8Array(), salt, options),
    argon2idInWasm(new Uint8Array(), salt, options),
  ]);
  assert.notDeepEqual(one, other);
});

Deno.test("one that fails does not keep the next from its turn", async () => {
  const options = { cost: LEAST, length: 32 };
  const [short, good] = await Promise.allSettled([
    argon2idInWasm(bytes("secret"), new Uint8Array(1), options),
    argon2idInWasm(bytes("secret"), salt, options),
  ]);
  assert.equal(short.status, "rejected");
  assert.equal(good.status, "fulfilled");
});

Deno.test("between hashes the thread is free for as long as one took", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  try {
    const options = { cost: COST, length: 32 };
    await Promise.all(
      Array.from({ length: 4 }, (_, i) => argon2idInWasm(bytes(`secret ${i}`), salt, options)),
    );
    // Back to back there would be one or two after each.
    assert.ok(turns >= 20, `others had ${turns} turns in the time of four hashes`);
  } finally {
    clearInterval(timer);
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { Argon2Fallback } from "./_argon2_fallback.ts";
import { argon2idInWasm, type Argon2Job } from "./_argon2_wasm.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const USUAL: Argon2Job = {
  secret: bytes("correct horse"),
  salt: bytes("somesaltsomesalt"),
  cost: { memory: 19_456, passes: 2, parallelism: 1 },
  length: 32,
};
const LEAST: Argon2Job = { ...USUAL, cost: { memory: 8, passes: 1, parallelism: 1 } };

async function natively({ secret, salt, cost, length }: Argon2Job): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(secret), "Argon2id", false, [
    "deriveBits",
  ]);
  const algorithm = { name: "Argon2id", nonce: salt, ...cost } as unknown as AlgorithmIdentifier;
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, length * 8));
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
      async (secret, salt, cost) => {
        const job = { secret, salt, cost, length: 32 };
        assert.deepEqual(await argon2idInWasm(job), await natively(job));
      },
    ),
    { numRuns: 50 },
  );
  assert.deepEqual(await argon2idInWasm(USUAL), await natively(USUAL));
});

/** The two ways, each as a test under its permissions. */
for (
  const [where, read] of [["on a thread of its own", true], ["on this thread", false]] as const
) {
  const way = (name: string, run: (fallback: Argon2Fallback) => Promise<void>) =>
    Deno.test({
      name: `${where} ${name}`,
      permissions: { read },
      async fn() {
        using fallback = new Argon2Fallback();
        await run(fallback);
      },
    });

  way("an empty secret matches nothing, not even itself", async (fallback) => {
    const empty = { ...LEAST, secret: new Uint8Array() };
    assert.notDeepEqual(await fallback.hash(empty), await fallback.hash(empty));
  });

  way("one that fails does not keep the next from its turn", async (fallback) => {
    const [short, good] = await Promise.allSettled([
      fallback.hash({ ...LEAST, salt: new Uint8Array(1) }),
      fallback.hash(LEAST),
    ]);
    assert.equal(short.status, "rejected");
    assert.equal(good.status === "fulfilled" && good.value.length, 32);
  });

  way("hashes leave time for others", async (fallback) => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    try {
      const made = await Promise.all([1, 2, 3, 4].map(() => fallback.hash(USUAL)));
      assert.deepEqual(made[0], await natively(USUAL));
      // Back to back on this thread there would be one or two after each.
      assert.ok(turns >= 20, `others had ${turns} turns in the time of four hashes`);
    } finally {
      clearInterval(timer);
    }
  });
}

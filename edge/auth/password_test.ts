import assert from "node:assert/strict";
import {
  argon2Available,
  decoyHash,
  hashPassword,
  isOutdated,
  verifyPassword,
} from "./password.ts";

Deno.test("a hash is a PHC string at the required cost that only its password matches", async () => {
  assert.equal(await argon2Available(), true);
  const phc = await hashPassword("correct horse");
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await verifyPassword("correct horse", phc), true);
  assert.equal(await verifyPassword("correct horsf", phc), false);
  assert.notEqual(await hashPassword("correct horse"), phc);
  assert.equal(isOutdated(phc), false);
});

Deno.test("hashes agree with other implementations of Argon2id", async () => {
  // Made with the reference implementation: password "password", salt "somesalt".
  const phc =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  assert.equal(await verifyPassword("password", phc), true);
  assert.equal(await verifyPassword("passwore", phc), false);
  assert.equal(isOutdated(phc), true);
});

Deno.test("a password is the same however its accents are composed", async () => {
  const phc = await hashPassword("caf\u00e9 au lait");
  assert.equal(await verifyPassword("cafe\u0301 au lait", phc), true);
});

Deno.test("nothing matches the decoy, and what is no hash is not compared", async () => {
  assert.equal(await verifyPassword("", decoyHash()), false);
  await assert.rejects(verifyPassword("x", "$2b$10$nonsense"), TypeError);
});

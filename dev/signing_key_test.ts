import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  importJWK,
  jwtVerify,
  SignJWT,
} from "@panva/jose";
import { signingKey } from "./signing_key.ts";

Deno.test("the signing key is made once, kept privately, and its public half verifies", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const path = `${dir}/secrets/signing_key.json`;
    const first = await signingKey(path);
    deepStrictEqual(await signingKey(path), first);
    if (Deno.build.os !== "windows") {
      strictEqual(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
      strictEqual(((await Deno.stat(`${dir}/secrets`)).mode ?? 0) & 0o777, 0o700);
    }
    const jwk = JSON.parse(first.privateJwk);
    const jwks = JSON.parse(first.jwks);
    strictEqual(jwk.kid, await calculateJwkThumbprint(jwk));
    ok(!("d" in jwks.keys[0]), "the public set must not hold the private key");
    const token = await new SignJWT({ sub: "u1" })
      .setProtectedHeader({ alg: "EdDSA", kid: jwk.kid })
      .sign(await importJWK(jwk, "EdDSA"));
    const { payload } = await jwtVerify(token, createLocalJWKSet(jwks));
    strictEqual(payload.sub, "u1");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("two stacks have different keys", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const keys = await Promise.all(["a", "b"].map((name) => signingKey(`${dir}/${name}/key.json`)));
    ok(keys[0]?.jwks !== keys[1]?.jwks);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

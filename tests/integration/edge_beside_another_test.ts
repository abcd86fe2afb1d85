/** Two edges that share accounts and a signing key; on the floor they run on different Denos. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import { PATIENCE_MS, post, spawnEdge, status, withEdge } from "./_edge_process.ts";
import { until } from "./_until.ts";

Deno.test("either edge takes the passwords and tokens of the other", async () => {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const settings = { SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)) };
  await withEdge(async ({ url, nats, databaseUrl }) => {
    const shared = { ...settings, NATS_URL: nats.url, DATABASE_URL: databaseUrl };
    const other = await spawnEdge(shared, { onPresentDeno: true });
    try {
      await until(async () => await status(`${other.url}/readyz`) === 200, PATIENCE_MS, other.log);
      for (const [here, there, username] of [[url, other.url, "ana"], [other.url, url, "ben"]]) {
        const account = { username, password: "correct horse" };
        const registered = await post(`${here}/api/v1/auth/register`, account);
        assert.equal(registered.status, 201);
        const headers = { authorization: `Bearer ${registered.body["token"]}` };
        assert.equal(await status(`${there}/api/v1/groups`, { headers }), 200);
        assert.equal((await post(`${there}/api/v1/auth/login`, account)).status, 200);
        const wrong = { ...account, password: "wrong horse" };
        assert.equal((await post(`${there}/api/v1/auth/login`, wrong)).status, 401);
      }
    } finally {
      other.process.kill("SIGKILL");
      await other.process.status;
      await other.logged;
    }
  }, settings);
});

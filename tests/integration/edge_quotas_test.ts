/** Three edges beside each other: the quota of a user is one, whichever of them is asked. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import { PATIENCE_MS, spawnEdge, status, tokenOf, withEdge } from "./_edge_process.ts";
import { until } from "./_until.ts";

const LIMIT = 300;
const ASKED = 900;
const CALLERS = 12;

Deno.test("three edges together let through a user's quota, within five percent, and say when to come back", async () => {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const settings = {
    SIGNING_KEY: JSON.stringify(await exportJWK(privateKey)),
    RATE_LIMIT_READS: `${LIMIT}`,
  };
  await withEdge(async ({ url, nats, databaseUrl }) => {
    const others = await Promise.all(
      [1, 2].map(() => spawnEdge({ ...settings, NATS_URL: nats.url, DATABASE_URL: databaseUrl })),
    );
    try {
      for (const other of others) {
        await until(async () => await status(`${other.url}/readyz`) === 200, PATIENCE_MS);
      }
      const urls = [url, ...others.map((other) => other.url)];
      const headers = { authorization: `Bearer ${await tokenOf(url)}` };
      const startedAt = performance.now();
      const answers: number[] = [];
      let asked = 0;
      await Promise.all(Array.from({ length: CALLERS }, async () => {
        while (asked < ASKED) {
          const answer = await fetch(`${urls[asked++ % urls.length]}/api/v1/groups`, { headers });
          await answer.body?.cancel();
          answers.push(answer.status);
          if (answer.status === 429) assert.ok(Number(answer.headers.get("retry-after")) > 0);
        }
      }));
      const allowed = answers.filter((one) => one === 200).length;
      assert.equal(answers.filter((one) => one === 429).length, answers.length - allowed);
      const refilled = LIMIT * (performance.now() - startedAt) / 60_000;
      assert.ok(
        allowed >= LIMIT && allowed <= 1.05 * (LIMIT + refilled),
        `${allowed} were allowed`,
      );
    } finally {
      for (const { process, logged } of others) {
        process.kill("SIGKILL");
        await process.status;
        await logged;
      }
    }
  }, settings);
});

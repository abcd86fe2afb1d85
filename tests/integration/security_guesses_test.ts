/** Who guesses passwords, a thousand at a time, learns little; the owner of the account still gets in. */
import assert from "node:assert/strict";
import { withEdge } from "./_edge_process.ts";

const PASSWORD = "correct horse battery";

Deno.test("of a thousand guesses of one account's password, sent at once, at most twenty are evaluated, and the owner gets in", () =>
  withEdge(async ({ url }) => {
    const from = (address: string, path: string, password: string) =>
      fetch(`${url}/api/v1/auth/${path}`, {
        method: "POST",
        headers: { "x-forwarded-for": address },
        body: JSON.stringify({ username: "ana", password }),
      }).then(async (answer) => {
        await answer.body?.cancel();
        return answer.status;
      });
    assert.equal(await from("198.51.100.1", "register", PASSWORD), 201);
    const counts = new Map<number, number>();
    let left = 1_000;
    await Promise.all(Array.from({ length: 64 }, async () => {
      while (left-- > 0) {
        const status = await from("203.0.113.7", "login", `guess ${left}`);
        counts.set(status, (counts.get(status) ?? 0) + 1);
      }
    }));
    const told = JSON.stringify([...counts]);
    assert.ok((counts.get(401) ?? 0) <= 20, told);
    assert.equal((counts.get(401) ?? 0) + (counts.get(429) ?? 0), 1_000, told);
    assert.equal(await from("198.51.100.1", "login", PASSWORD), 200);
  }));

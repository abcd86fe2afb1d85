/**
 * Who guesses passwords, a thousand at a time, learns little; the owner of the account still gets in. And the
 * work of hashing is no way to make others wait.
 */
import assert from "node:assert/strict";
import { posted, withEdge } from "./_edge_process.ts";

const PASSWORD = "correct horse battery";

/** Asks for the account "ana" from an address; answers the status. */
function asAna(url: string) {
  return async (address: string, path: string, password: string): Promise<number> => {
    const init = posted({ username: "ana", password }, { "x-forwarded-for": address });
    const answer = await fetch(`${url}/api/v1/auth/${path}`, init);
    await answer.body?.cancel();
    return answer.status;
  };
}

Deno.test("of a thousand guesses of one account's password, sent at once, at most twenty are evaluated, and the owner gets in", () =>
  withEdge(async ({ url }) => {
    const from = asAna(url);
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

Deno.test("of a thousand guesses of one account's password from five hundred networks, the owner's among them, at most twenty are evaluated, and the owner gets in from where they have signed in", () =>
  withEdge(async ({ url }) => {
    const from = asAna(url);
    const [home, work] = ["198.51.100.1", "192.0.2.9"];
    assert.equal(await from(home, "register", PASSWORD), 201);
    assert.equal(await from(work, "login", PASSWORD), 200);
    const counts = new Map<number, number>();
    let left = 1_000;
    const guessing = Promise.all(Array.from({ length: 64 }, async () => {
      while (left-- > 0) {
        const network = left % 500;
        const address = network === 0 ? work : `10.${network >> 8}.${network & 255}.7`;
        const status = await from(address, "login", `guess ${left}`);
        counts.set(status, (counts.get(status) ?? 0) + 1);
      }
    }));
    assert.equal(await from(home, "login", PASSWORD), 200);
    await guessing;
    for (let guess = 0; guess < 100; guess++) {
      const status = await from(work, "login", `guess ${guess} of one who is at work, too`);
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    const told = JSON.stringify([...counts]);
    assert.ok((counts.get(401) ?? 0) <= 20, told);
    assert.equal((counts.get(401) ?? 0) + (counts.get(429) ?? 0), 1_100, told);
    assert.equal(
      await from("203.0.113.200", "login", PASSWORD),
      429,
      "a network that is not known",
    );
    assert.equal(await from(home, "login", PASSWORD), 200);
  }));

Deno.test("while sixty people sign up at once, others are answered without waiting for them", () =>
  withEdge(async ({ url }) => {
    const auth = (path: string, username: string) =>
      fetch(`${url}/api/v1/auth/${path}`, posted({ username, password: PASSWORD }));
    const { token } = await (await auth("register", "ana")).json() as { token: string };
    let isOver = false;
    const crowd = Promise.all(
      Array.from({ length: 60 }, (_, i) => auth("register", `person${i}`).then((a) => a.text())),
    ).finally(() => isOver = true);
    const waits: number[] = [];
    while (!isOver) {
      const startedAt = performance.now();
      const answer = await fetch(`${url}/api/v1/groups`, {
        headers: { authorization: `Bearer ${token}` },
      });
      await answer.text();
      assert.equal(answer.status, 200);
      waits.push(performance.now() - startedAt);
    }
    await crowd;
    waits.sort((a, b) => a - b);
    const [median = 0, p95 = 0] = [0.5, 0.95].map((part) => waits[Math.floor(waits.length * part)]);
    const told = `${waits.length} reads, median ${median} ms, 95 % within ${p95} ms`;
    assert.ok(waits.length >= 20 && median < 100 && p95 < 500, told);
  }));

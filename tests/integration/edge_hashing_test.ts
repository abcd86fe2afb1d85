/** Passwords are hashed beside the thread that answers requests, with whatever the runtime has for it. */
import assert from "node:assert/strict";
import { post, status, tokenOf, withEdge } from "./_edge_process.ts";

const PEOPLE = 12;
/** Longest wait of anybody, on a busy machine. */
const HELD_UP_MS = 2_000;

Deno.test("while many people register, others are answered", () =>
  withEdge(async ({ url }) => {
    const headers = { authorization: `Bearer ${await tokenOf(url)}` };
    let isOver = false;
    const registering = Promise.all(Array.from({ length: PEOPLE }, async (_, n) => {
      const account = { username: `person${n}`, password: "correct horse" };
      assert.equal((await post(`${url}/api/v1/auth/register`, account)).status, 201);
    })).finally(() => isOver = true);
    const waits: number[] = [];
    while (!isOver) {
      const startedAt = performance.now();
      assert.equal(await status(`${url}/api/v1/groups`, { headers }), 200);
      waits.push(performance.now() - startedAt);
    }
    await registering;
    const longest = Math.max(...waits);
    assert.ok(waits.length >= 3 && longest < HELD_UP_MS, `${waits.length}, ${longest} ms`);
  }));

/** Commands with keys while NATS hangs: a key that needs no look-up says nothing of it, one that does says all. */
import assert from "node:assert/strict";
import { errors } from "@nats-io/nats-core";
import { pause } from "../../actors/platform/mod.ts";
import { newId, ProblemError } from "../../actors/protocol/mod.ts";
import { IdempotencyKeys, type KeptKeys, type Sent } from "../commands/mod.ts";
import { guardedKeys, guardedMailbox, mailboxes } from "./guarded.ts";

const FAILURES = 5;
const USE = { chosen: undefined, group: "g1", userId: "ana" };
const COMMAND = {
  command_id: newId(),
  group_id: "g1",
  actor: "ana",
  type: "todo.create",
  payload: { todo_id: "t1", title: "Milk" },
} as const;

/** Mailboxes and keys behind one circuit, with a NATS behind them that does what the test says. */
class Site {
  sent: Sent = { kind: "unknown" };
  isFull = false;
  find: KeptKeys["find"] = () => Promise.reject(new errors.TimeoutError());
  readonly nats = mailboxes();
  readonly keys = new IdempotencyKeys(
    guardedKeys(this.nats, { find: (key, use) => this.find(key, use) }),
  );
  readonly #mailbox = guardedMailbox(this.nats, this.#unguarded());

  send(): Promise<Sent> {
    return this.#mailbox.send(COMMAND, { traceparent: "" });
  }

  #unguarded(): Parameters<typeof guardedMailbox>[1] {
    const isFull = () => this.isFull;
    return {
      send: () => Promise.resolve(this.sent),
      get isFull() {
        return isFull();
      },
    };
  }

  /** The problem that a command with `key` is refused with before it is sent; `undefined` when it is not. */
  async problemOf(key: string): Promise<ProblemError | undefined> {
    try {
      await this.keys.commandId(key, USE);
      return undefined;
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
  }

  /** Fails until NATS is not asked, then waits until it may be. */
  async untilTried(): Promise<void> {
    for (let n = 0; n < FAILURES; n++) await this.send();
    assert.equal(this.nats.state, 2);
    // Longer than the longest first rest.
    await pause(1_100);
  }
}

Deno.test("a key that is a command's id, or none at all, does not hide that mailboxes are silent", async () => {
  const site = new Site();
  for (let n = 0; n < FAILURES; n++) {
    assert.equal(site.nats.state, 0);
    assert.equal(await site.problemOf(newId()), undefined);
    assert.equal((await site.problemOf("\u0001"))?.problem.code, "malformed");
    assert.equal((await site.send()).kind, "unknown");
  }
  assert.equal(site.nats.state, 2);
});

Deno.test("a key that is a command's id, or none at all, does not pass for the answer of a NATS that was away", async () => {
  const site = new Site();
  await site.untilTried();
  assert.equal(await site.problemOf(newId()), undefined);
  assert.equal((await site.problemOf("\u0001"))?.problem.code, "malformed");
  assert.equal(site.nats.state, 2);
});

Deno.test("look-ups that NATS does not answer count against it, whatever stands between", async () => {
  const site = new Site();
  for (let n = 0; n < FAILURES; n++) {
    const error = await site.problemOf("a key");
    assert.equal(error?.problem.code, "unavailable");
    assert.match(error.problem.detail, /^Idempotency-Key cannot be looked up .* nothing was sent/);
    assert.ok(error.cause instanceof errors.TimeoutError, "the log is told why");
  }
  assert.equal(site.nats.state, 2);
  assert.equal((await site.send()).kind, "refused");
  assert.deepEqual(site.nats.turnedAway, { refused: 1, late: 0, unreachable: FAILURES });
});

Deno.test("a look-up that fails does not pass for the answer of a NATS that was away, one that succeeds does", async () => {
  const site = new Site();
  await site.untilTried();
  assert.equal((await site.problemOf("a key"))?.problem.code, "unavailable");
  assert.equal(site.nats.state, 2);
  site.find = () => Promise.resolve({ commandId: "c1", groupHash: "of another group" });
  let isFound = false;
  for (let wait = 0; wait < 200 && !isFound; wait++) {
    await pause(50);
    isFound = (await site.problemOf("a key"))?.problem.code === "idempotency-mismatch";
  }
  assert.deepEqual([isFound, site.nats.state], [true, 0]);
});

Deno.test("a look-up that NATS answers with a refusal says nothing against it", async () => {
  const site = new Site();
  site.find = () => Promise.reject(new Error("wrong last sequence"));
  for (let n = 0; n < 2 * FAILURES; n++) {
    assert.equal((await site.problemOf("a key"))?.problem.code, "unavailable");
  }
  assert.equal(site.nats.state, 0);
});

Deno.test("a look-up that hangs is given up in time, and counts", async () => {
  const site = new Site();
  const hanging = Promise.withResolvers<never>();
  site.find = () => hanging.promise;
  const startedAt = performance.now();
  const found = await Promise.all(Array.from({ length: FAILURES }, () => site.problemOf("a key")));
  assert.ok(performance.now() - startedAt < 2_000);
  for (const error of found) assert.equal(error?.problem.code, "unavailable");
  assert.deepEqual([site.nats.state, site.nats.turnedAway.late], [2, FAILURES]);
});

Deno.test("a mailbox that has no room here does not pass for the answer of a NATS that was away", async () => {
  const site = new Site();
  await site.untilTried();
  site.isFull = true;
  site.sent = { kind: "refused", problem: { code: "unavailable", detail: "Too many" } };
  assert.deepEqual(await site.send(), site.sent);
  assert.equal(site.nats.state, 2);
  site.isFull = false;
  assert.deepEqual(await site.send(), site.sent);
  assert.equal(site.nats.state, 0, "NATS itself has refused it");
});

/** Rebuilding one group: what could not be projected takes effect, as if it always could have been. */
import assert from "node:assert/strict";
import type { NatsConnection } from "@nats-io/nats-core";
import {
  LogBuilder,
  logOf,
  newTodo,
  referenceTables,
} from "../../actors/projection/testing/mod.ts";
import { type RebuildReply, rebuildSubject } from "../../actors/protocol/routing/mod.ts";
import { eventually } from "../support/eventually.ts";
import { withProjection } from "./_projection_fixture.ts";

async function rebuild(
  connection: NatsConnection,
  group_id: string,
  sequence: number,
): Promise<RebuildReply> {
  const request = JSON.stringify({ group_id, sequence });
  const reply = await connection.request(rebuildSubject("EV-0"), request, { timeout: 5_000 });
  return reply.json<RebuildReply>();
}

Deno.test("a message that a constraint refused takes effect once the constraint is gone, with all that followed it", () =>
  withProjection(async ({ start, publish, projected, tables, sql, connection }) => {
    const log = new LogBuilder();
    log.append("b", "group.created", { name: "Other", columns: [] });
    log.append("a", "group.created", { name: "Home", columns: [] });
    const milk = newTodo(log, "a", { title: "Milk" });
    const bread = newTodo(log, "a", { title: "Bread" });
    log.append("a", "todo.created", { todo: milk });
    log.append("a", "todo.created", { todo: bread });
    log.append("a", "todo.updated", {
      todo_id: milk.id,
      changes: { title: { from: "Milk", to: "Refused" } },
    });
    log.append("a", "todo.updated", {
      todo_id: milk.id,
      changes: { priority: { to: 2 } },
    });
    log.append("a", "todo.deleted", { todo: bread });
    await sql`alter table todos add constraint no_such_title check (data ->> 'title' <> 'Refused')`;
    // The tries of the policy, without its delays: the message is set aside by hand.
    const { messages } = log;
    const refused = messages[4];
    assert.ok(refused);
    const projector = start({ limits: { maxMessages: 1 } });
    await publish(messages.slice(0, 4));
    await projected(4);
    await publish([refused]);
    await eventually(() => {
      assert.throws(() => projector.check(), /message 5 is refused: .*no_such_title/);
      return true;
    }, "the projector to say that it is refused");
    await projector.stop();
    await sql`update projection_streams set last_sequence = 5`;
    start();
    await publish(messages.slice(5));
    await projected(messages.length);
    assert.notDeepEqual(await tables(), referenceTables(messages), "something is missing");

    const before = await tables();
    const told = await rebuild(connection, "a", 5);
    assert.ok("refused" in told && !told.retryable, JSON.stringify(told));
    assert.match(told.refused, /still refuses .*no_such_title/);
    assert.deepEqual(await tables(), before, "nothing has changed");

    await sql`alter table todos drop constraint no_such_title`;
    assert.deepEqual(await rebuild(connection, "a", 5), { version: 6 });
    assert.deepEqual(await tables(), referenceTables(messages));
    assert.deepEqual(await rebuild(connection, "a", 5), { version: 6 });
    assert.deepEqual(await tables(), referenceTables(messages));
  }));

Deno.test("rebuilding under load changes nothing that was right", () =>
  withProjection(async ({ start, publish, projected, tables, connection }) => {
    const { messages } = logOf(Array.from({ length: 2_000 }, (_, i) => (i * 7_919) % 100_003));
    start({ limits: { maxMessages: 25 } });
    await publish(messages.slice(0, 200));
    await projected(200);
    const publishing = publish(messages.slice(200));
    for (let i = 0; i < 20; i++) {
      const first = messages.find(({ subject }) => subject.endsWith(`.group-${i % 3}`));
      assert.ok("version" in await rebuild(connection, `group-${i % 3}`, first?.sequence ?? 0));
    }
    await publishing;
    await projected(messages.length);
    assert.deepEqual(await tables(), referenceTables(messages));
  }));

Deno.test("what still cannot be read, or is not there, is refused with the reason", () =>
  withProjection(async ({ start, publish, projected, tables, connection }) => {
    const log = new LogBuilder();
    log.append("a", "group.created", { name: "Home", columns: [] });
    log.raw(log.messages[0]?.subject ?? "", new TextEncoder().encode("garbage"));
    log.append("a", "group.deleted", {});
    await publish(log.messages);
    start();
    await projected(3);
    const before = await tables();
    const cases: [string, number, RegExp, boolean][] = [
      ["a", 2, /still cannot be projected: /, false],
      ["b", 1, /has no message 1/, false],
      ["a", 9, /not projected so far yet/, true],
      ["a.>", 1, /at this moment/, true],
    ];
    for (const [group, sequence, reason, retryable] of cases) {
      const told = await rebuild(connection, group, sequence);
      assert.ok("refused" in told, JSON.stringify(told));
      assert.match(told.refused, reason);
      assert.equal(told.retryable, retryable);
    }
    assert.deepEqual(await tables(), before);
  }));

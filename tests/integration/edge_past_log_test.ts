/** How a log is read back: everything in it that is a commit, and no more than can be asked of anybody. */
import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "../../actors/platform/mod.ts";
import { LogBuilder, newTodo } from "../../actors/projection/testing/mod.ts";
import { newId, ProblemError } from "../../actors/protocol/mod.ts";
import { pastReader } from "../../edge/reads/mod.ts";
import { withNats } from "./_nats_fixture.ts";

const isProblem = (code: string) => (error: unknown) =>
  error instanceof ProblemError && error.problem.code === code;

/** Puts a log of `count` events of one group straight into the stream, 20 to a commit. */
async function publishLog(connection: NatsConnection, count: number): Promise<string> {
  const log = new LogBuilder();
  const groupId = newId();
  const todo = newTodo(log, groupId, { title: "Often changed" });
  log.commit(groupId, [log.event(groupId, "todo.created", { todo })]);
  for (let n = 1; n < count; n += 20) {
    const size = Math.min(20, count - n);
    log.commit(
      groupId,
      Array.from({ length: size }, (_, i) => {
        const title = { from: "Before", to: `Title ${n + i}` };
        return log.event(groupId, "todo.updated", { todo_id: todo.id, changes: { title } });
      }),
    );
    if (n === 1) log.raw(log.messages[0]?.subject ?? "", new TextEncoder().encode("no commit"));
  }
  const stream = jetstream(connection);
  for (let i = 0; i < log.messages.length; i += 256) {
    await Promise.all(
      log.messages.slice(i, i + 256).map(({ subject, data }) => stream.publish(subject, data)),
    );
  }
  return groupId;
}

Deno.test("a long log is read back in time, or refused with what is too much", () =>
  withNats(async (connection) => {
    const count = 100_001;
    const groupId = await publishLog(connection, count);
    const startedAt = performance.now();
    const { state, isFinal } = await pastReader(connection).read(groupId, { version: count - 1 });
    const seconds = (performance.now() - startedAt) / 1000;
    assert.deepEqual([state.version, isFinal], [count - 1, true]);
    console.log(`${count - 1} events read back in ${seconds.toFixed(1)} s`);
    const few = pastReader(connection, { maxEvents: 1_000 });
    assert.equal((await few.read(groupId, { version: 900 })).state.version, 900);
    await assert.rejects(few.read(groupId, { version: count }), isProblem("too-large"));
    const hasty = pastReader(connection, { deadlineMs: 1 });
    await assert.rejects(hasty.read(groupId, { version: count }), isProblem("unavailable"));
    const crowd = await Promise.allSettled(
      Array.from({ length: 40 }, () => few.read(groupId, { version: 10 })),
    );
    const refused = crowd.filter((each) => each.status === "rejected");
    assert.ok(refused.length > 0 && refused.length < 40, `${refused.length} refused`);
    for (const { reason } of refused) assert.ok(isProblem("unavailable")(reason));
  }));

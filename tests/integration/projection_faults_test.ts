/** What the projector does when something around it fails: nothing is lost, doubled or out of order. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { postgresStore } from "../../actors/projection/mod.ts";
import {
  LogBuilder,
  logOf,
  newTodo,
  referenceTables,
} from "../../actors/projection/testing/mod.ts";
import { hashOf, projectedSubject } from "../../actors/protocol/routing/mod.ts";
import { startPostgres } from "../../dev/mod.ts";
import { eventually, sleep } from "../support/eventually.ts";
import { withProjection } from "./_projection_fixture.ts";

/** Choices that make a busy log, the same in every run. */
const busy = Array.from({ length: 1_500 }, (_, i) => (i * 7_919) % 100_003);

Deno.test("a restarted projector goes on from its offset", () =>
  withProjection(async ({ start, publish, projected, tables }) => {
    const { messages } = logOf(busy);
    const half = messages.length >> 1;
    const first = start();
    await publish(messages.slice(0, half));
    await projected(half);
    await first.stop();
    await publish(messages.slice(half));
    const second = start();
    await projected(messages.length);
    assert.equal(second.position, messages.length);
    assert.deepEqual(await tables(), referenceTables(messages));
  }));

Deno.test("a projector that is stopped under load leaves whole batches behind", () =>
  withProjection(async ({ start, publish, projected, tables }) => {
    const { messages } = logOf(busy);
    await publish(messages);
    for (let round = 0; round < 5; round++) {
      const projector = start({ limits: { maxMessages: 20 } });
      await sleep(40);
      await projector.stop();
    }
    start();
    await projected(messages.length);
    assert.deepEqual(await tables(), referenceTables(messages));
  }));

Deno.test("a batch whose commit was not acknowledged is projected once and still announced", () =>
  withProjection(async ({ start, publish, projected, tables, sql, connection }) => {
    const { messages } = logOf(busy, 2);
    const real = postgresStore(sql);
    const versions = new Map<string, number>();
    const subscription = connection.subscribe("svc.projected.>", {
      callback: (_, { subject, data }) => {
        versions.set(subject, Number(new TextDecoder().decode(data)));
      },
    });
    let lost = 0;
    start({
      limits: { maxMessages: 100 },
      store: {
        ...real,
        async apply(plan, options) {
          const gaps = await real.apply(plan, options);
          if (lost++ % 4 === 3) throw new Error("The connection broke after the commit");
          return gaps;
        },
      },
    });
    await publish(messages);
    await projected(messages.length, 20_000);
    const expected = referenceTables(messages);
    assert.deepEqual(await tables(), expected);
    await eventually(
      () =>
        [...expected.offsets].every(([group, version]) =>
          versions.get(projectedSubject(group)) === version
        ),
      "the announcement of every group's last version",
    );
    subscription.unsubscribe();
  }));

Deno.test("two projectors at once never write anything twice", () =>
  withProjection(async ({ start, publish, projected, tables }) => {
    const { messages } = logOf(busy);
    start({ limits: { maxMessages: 50 } });
    start({ limits: { maxMessages: 30 } });
    await publish(messages);
    await projected(messages.length, 20_000);
    assert.deepEqual(await tables(), referenceTables(messages));
  }));

Deno.test("a projector outlives a killed Postgres, says so meanwhile, and catches up", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-postgres-" });
  await Deno.chmod(dataDir, 0o711);
  try {
    await using postgres = await startPostgres({ dataDir });
    await withProjection(async ({ start, publish, projected, tables }) => {
      const { messages } = logOf(busy);
      const third = Math.floor(messages.length / 3);
      const projector = start();
      await publish(messages.slice(0, third));
      await projected(third);
      projector.check();
      Deno.kill(postgres.pid, "SIGKILL");
      await publish(messages.slice(third));
      await eventually(() => {
        try {
          projector.check();
          return false;
        } catch (error) {
          return /cannot write a batch/.test(String(error));
        }
      }, "the projector to say that it is behind");
      await projected(messages.length, 20_000);
      assert.deepEqual(await tables(), referenceTables(messages));
      await eventually(() => {
        projector.check();
        return true;
      }, "the projector to say that all is well");
    }, { serverUrl: postgres.url });
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("a message near the payload limit is projected like any other", () =>
  withProjection(async ({ start, publish, projected, tables }) => {
    const log = new LogBuilder();
    const events = Array.from({ length: 49 }, () =>
      log.event("g", "todo.created", {
        todo: newTodo(log, "g", { description: 'ä🍎\n"'.repeat(2_000) }),
      }));
    const large = log.commit("g", events);
    assert(large.data.length > 990_000 && large.data.length < 1_040_000);
    log.append("g", "group.deleted", {});
    start();
    await publish(log.messages);
    await projected(2);
    assert.deepEqual(await tables(), referenceTables(log.messages));
  }));

Deno.test("messages that cannot be projected are set aside and block nobody", () =>
  withProjection(async ({ start, publish, projected, tables, connection, metrics }) => {
    const log = new LogBuilder();
    const good = [log.append("a", "group.created", { name: "Home", columns: [] })];
    const encode = (text: string) => new TextEncoder().encode(text);
    const subject = log.messages[0]?.subject ?? "";
    log.raw(subject, new Uint8Array([0xff, 0xfe, 0x00]));
    log.raw(subject, encode(`{"not":"an array"}`));
    log.raw(subject, encode(`[{"type":"com.todo1m.todo.created"}]`));
    good.push(log.append("a", "group.deleted", {}));
    // Well-formed, but Postgres' jsonb cannot hold this character.
    const refused = newTodo(log, "b", { title: "a\0b" });
    log.append("b", "todo.created", { todo: refused });
    good.push(log.append("b", "todo.created", { todo: newTodo(log, "b") }));
    await publish(log.messages);
    start();
    await projected(log.messages.length);

    const { events, offsets } = await tables();
    assert.deepEqual([...events.keys()].sort(), good.map(({ id }) => id).sort());
    assert.deepEqual([...offsets].sort(), [["a", 2], ["b", 2]]);
    const manager = await jetstreamManager(connection);
    const sequences: string[] = [];
    for (let seq = 1; seq <= 4; seq++) {
      const letter = await manager.streams.getMessage("DLQ", { seq });
      assert.match(letter?.subject ?? "", /^dlq\.app\.event\.\d+\.group\.[ab]$/);
      assert.notEqual(letter?.header.get("Todo-Dead-Reason"), "");
      assert.equal(letter?.header.get("Todo-Dead-Process"), "projector");
      sequences.push(letter?.header.get("Todo-Dead-Sequence") ?? "");
    }
    assert.deepEqual(sequences, ["2", "3", "4", "6"]);
    const [poison] = (await metrics.registry.getSingleMetric("tf_poison_total")?.get())?.values ??
      [];
    assert.equal(poison?.value, 4);
    // What was set aside leaves a gap behind, which is counted.
    const gaps = await metrics.registry.getSingleMetric("tf_projection_version_gaps_total")?.get();
    assert.equal(gaps?.values[0]?.value, 1);
  }));

Deno.test("a log that was changed is reported with the message that gives it away, in or between batches", () =>
  withProjection(async ({ start, publish, projected, metrics, sql }) => {
    const log = new LogBuilder();
    for (const group of ["in", "between", "sound"]) {
      log.append(group, "group.created", { name: "Home", columns: [] });
    }
    for (const group of ["in", "between", "sound"]) log.append(group, "group.deleted", {});
    log.append("in", "group.restored", {});
    const wrong = "0".repeat(64);
    const [a1, b1, c1, a2, b2, c2, a3] = log.messages;
    assert.ok(a1 && b1 && c1 && a2 && b2 && c2 && a3);
    await publish([a1, b1, c1]);
    start();
    await projected(3);
    await publish([a2, { ...b2, previousHash: wrong }, c2, { ...a3, previousHash: wrong }]);
    await projected(7);
    const brokenLinks = async () => {
      const counter = metrics.registry.getSingleMetric("tf_projection_broken_links_total");
      return (await counter?.get())?.values[0]?.value;
    };
    assert.equal(await brokenLinks(), 2);
    const gaps = await metrics.registry.getSingleMetric("tf_projection_version_gaps_total")?.get();
    assert.equal(gaps?.values[0]?.value ?? 0, 0);
    const rows = await sql<{ group_id: string; message_hash: string }[]>`
      select group_id, message_hash from group_projection_offsets order by group_id`;
    assert.deepEqual(rows.map(({ group_id, message_hash }) => [group_id, message_hash]), [
      ["between", hashOf(b2.data)],
      ["in", hashOf(a3.data)],
      ["sound", hashOf(c2.data)],
    ]);
    // As after an update from a version that kept no hashes: there is nothing to compare with.
    await sql`update group_projection_offsets set message_hash = null`;
    log.append("sound", "group.restored", {});
    const unknown = log.messages.at(-1);
    assert.ok(unknown);
    await publish([{ ...unknown, previousHash: wrong }]);
    await projected(8);
    assert.equal(await brokenLinks(), 2);
  }));

Deno.test("a recreated stream is refused, at start and while running", () =>
  withProjection(async ({ start, publish, projected, connection }) => {
    const { messages } = logOf([0, 0, 0]);
    const running = start();
    await publish(messages);
    await projected(3);
    const manager = await jetstreamManager(connection);
    const { config } = await manager.streams.info("EV-0");
    await manager.streams.delete("EV-0");
    await sleep(5);
    await manager.streams.add(config);
    await assert.rejects(running.done, { code: "epoch-mismatch" });
    await assert.rejects(start().done, /created at .* but the tables were filled from one created/);
  }));

Deno.test("a log that lost its tail is refused", () =>
  withProjection(async ({ start, publish, projected, sql }) => {
    const projector = start();
    await publish(logOf([0, 0, 0]).messages);
    await projected(3);
    await projector.stop();
    await sql`update projection_streams set last_sequence = 5`;
    await assert.rejects(start().done, { code: "log-truncated" });
  }));

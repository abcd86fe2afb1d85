/** How far the read model is behind, as the projector tells it: idle, held up, catching up, and idle again. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { applyStreams } from "../../actors/platform/mod.ts";
import { postgresStore } from "../../actors/projection/mod.ts";
import { logOf } from "../../actors/projection/testing/mod.ts";
import { eventually, sleep } from "../support/eventually.ts";
import { type ProjectionFixture, withProjection } from "./_projection_fixture.ts";

async function lagOf({ metrics }: Pick<ProjectionFixture, "metrics">, name: "events" | "seconds") {
  const metric = metrics.registry.getSingleMetric(`tf_projection_lag_${name}`);
  return (await metric?.get())?.values[0]?.value ?? NaN;
}

Deno.test("the lag is the age of the oldest message that waits, also between batches, and nothing when none does", () =>
  withProjection(async ({ start, publish, projected, metrics, sql }) => {
    const lag = (name: "events" | "seconds") => lagOf({ metrics }, name);
    const { messages } = logOf(Array.from({ length: 400 }, (_, i) => (i * 7_919) % 100_003));
    const half = messages.length >> 1;
    const real = postgresStore(sql);
    let isHeld = false;
    let batches = 0;
    start({
      limits: { maxMessages: 20 },
      store: {
        ...real,
        async apply(plan, options) {
          while (isHeld) await sleep(20);
          batches++;
          // Slow enough that most looks at the lag fall between two batches or into one.
          await sleep(150);
          return await real.apply(plan, options);
        },
      },
    });
    await publish(messages.slice(0, half));
    await projected(half);
    await eventually(async () => await lag("events") === 0, "the projector to be idle");
    assert.equal(await lag("seconds"), 0);
    await sleep(1_500);
    assert.equal(await lag("seconds"), 0, "an idle projector does not age");

    isHeld = true;
    const storedAt = Date.now();
    await publish(messages.slice(half));
    await sleep(3_500);
    const held = await lag("seconds");
    const age = (Date.now() - storedAt) / 1_000;
    assert.ok(held > 1.5 && held <= age, `${held} s after ${age} s`);
    assert.equal(await lag("events"), messages.length - half);

    isHeld = false;
    const told: number[] = [];
    const before = batches;
    while (batches < before + 8) {
      told.push(await lag("seconds"));
      await sleep(100);
    }
    assert.ok(told.every((seconds) => seconds > 1), `while catching up: ${told.join(" ")}`);
    await projected(messages.length, 20_000);
    await eventually(async () => await lag("seconds") === 0, "the lag to be none");
    assert.equal(await lag("events"), 0);
  }));

Deno.test("while the log cannot be looked at, the lag grows with the time", () =>
  withProjection(async ({ start, metrics }) => {
    // A stream that is not there.
    start({ shard: 7 });
    const lag = async () => {
      const metric = metrics.registry.getSingleMetric("tf_projection_lag_seconds");
      const { values = [] } = await metric?.get() ?? {};
      return values.find(({ labels }) => labels["shard"] === "7")?.value ?? 0;
    };
    await eventually(async () => await lag() >= 3, "the lag to be three seconds", 6_000);
    const first = await lag();
    await eventually(async () => await lag() > first, "the lag to grow", 3_000);
  }));

Deno.test("the lag rises while NATS does not answer, and is none again when it does", () =>
  withProjection(async ({ start, publish, projected, metrics, natsPid }) => {
    const { messages } = logOf(Array.from({ length: 20 }, (_, i) => i));
    start();
    await publish(messages);
    await projected(messages.length);
    await eventually(async () => await lagOf({ metrics }, "events") === 0, "a look");
    assert.equal(await lagOf({ metrics }, "seconds"), 0);
    Deno.kill(natsPid, "SIGSTOP");
    try {
      await eventually(async () => await lagOf({ metrics }, "seconds") > 3, "the lag to rise");
      const before = await lagOf({ metrics }, "seconds");
      await sleep(1_500);
      const after = await lagOf({ metrics }, "seconds");
      assert.ok(after - before > 1.4 && after - before < 3, `${before}, then ${after}`);
    } finally {
      Deno.kill(natsPid, "SIGCONT");
    }
    await eventually(async () => await lagOf({ metrics }, "seconds") === 0, "the lag to be none");
  }));

Deno.test("the lag goes on rising when a projection has ended for good", () =>
  withProjection(async ({ start, publish, projected, metrics, connection }) => {
    const { messages } = logOf(Array.from({ length: 20 }, (_, i) => i));
    const projector = start();
    await publish(messages);
    await projected(messages.length);
    await eventually(async () => await lagOf({ metrics }, "events") === 0, "a look");
    const manager = await jetstreamManager(connection);
    await manager.streams.delete("EV-0");
    await applyStreams(connection);
    await assert.rejects(projector.done, { code: "epoch-mismatch" });
    await eventually(
      async () => await lagOf({ metrics }, "seconds") > 3,
      "the lag to rise",
      10_000,
    );
    const before = await lagOf({ metrics }, "seconds");
    await sleep(1_000);
    assert.ok(await lagOf({ metrics }, "seconds") > before + 0.9);
  }));

/** Work on a stream's messages through a durable consumer, with the redelivery policy, on a real server. */
import assert from "node:assert/strict";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import {
  consumeDurably,
  DeadLetterBox,
  type DurableOptions,
  nextTryInMs,
} from "../../actors/platform/mod.ts";
import { eventually, sleep } from "../support/eventually.ts";
import { withNats } from "./_nats_fixture.ts";

/** Starts working on the stream `WORK`, 100 times as impatient as the policy. */
async function work(
  connection: NatsConnection,
  handle: (text: string, tries: number, signal: AbortSignal) => Promise<void>,
  more: Partial<DurableOptions> = {},
) {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "WORK", subjects: ["work.*"] });
  return await consumeDurably(connection, {
    stream: "WORK",
    durable: "worker",
    process: "test",
    handle: (message, signal) => handle(message.string(), message.info.deliveryCount, signal),
    nextTryInMs: (failed) => {
      const waitMs = nextTryInMs(failed);
      return waitMs === undefined ? undefined : waitMs / 100;
    },
    ackWaitMs: 600,
    ...more,
  });
}

const publish = (connection: NatsConnection, texts: readonly string[]) =>
  Promise.all(texts.map((text, i) => connection.request(`work.${i}`, text)));

/** Waits until the server holds every message of the consumer for done. */
async function done(connection: NatsConnection, messages: number): Promise<void> {
  const manager = await jetstreamManager(connection);
  await eventually(async () => {
    const { ack_floor, num_ack_pending } = await manager.consumers.info("WORK", "worker");
    return ack_floor.stream_seq === messages && num_ack_pending === 0;
  }, "every message to be acknowledged");
}

/** Checks that there were as many tries as `atLeast` has waits between them, and waits at least so long. */
function assertWaited(at: readonly number[], atLeast: readonly number[]): void {
  const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0));
  assert.equal(waits.length, atLeast.length, `waits ${waits}`);
  // Clocks of two processes, which need not agree on the last millisecond.
  assert.ok(waits.every((wait, i) => wait >= (atLeast[i] ?? 0) * 0.9), `waits ${waits}`);
}

Deno.test("work that fails a few times is tried again later and later, until it succeeds", async () => {
  await withNats(async (connection) => {
    const at: number[] = [];
    await using _worker = await work(connection, (text, tries) => {
      at.push(performance.now());
      if (text === "shaky" && tries < 4) throw new Error(`Failed at try ${tries}`);
      return Promise.resolve();
    });
    await publish(connection, ["shaky"]);
    await done(connection, 1);
    assertWaited(at, [10, 50, 300]);
    assert.deepEqual(await new DeadLetterBox(connection).list({ limit: 10 }), []);
  });
});

Deno.test("work that always fails becomes one dead letter after five tries and blocks nobody", async () => {
  await withNats(async (connection) => {
    const poison = "poison\r\n\u0000 ä";
    const met: string[] = [];
    const at: number[] = [];
    await using _worker = await work(connection, (text) => {
      met.push(text);
      if (text !== poison) return Promise.resolve();
      at.push(performance.now());
      throw new Error("It is poison");
    }, { concurrency: 1 });
    await publish(connection, [poison, "a", "b", "c"]);
    await done(connection, 4);
    assertWaited(at, [10, 50, 300, 300]);
    assert.deepEqual(met.filter((text) => text !== poison).sort(), ["a", "b", "c"]);
    assert.ok(met.indexOf("c") < met.lastIndexOf(poison), "others were not kept waiting");
    const box = new DeadLetterBox(connection);
    const letters = await box.list({ limit: 10 });
    assert.deepEqual(
      letters.map(({ subject, stream, streamSequence, tries, reason, process }) => ({
        subject,
        stream,
        streamSequence,
        tries,
        reason,
        process,
      })),
      [{
        subject: "work.0",
        stream: "WORK",
        streamSequence: 1,
        tries: 5,
        reason: "It is poison",
        process: "test",
      }],
    );
    const letter = await box.get(letters[0]?.sequence ?? 0);
    assert.deepEqual([...letter?.data ?? []], [...new TextEncoder().encode(poison)]);
  });
});

Deno.test("work that takes longer than the server waits is done once: it says that it is alive", async () => {
  await withNats(async (connection) => {
    let started = 0;
    await using _worker = await work(connection, async () => {
      started++;
      await sleep(2_000);
    });
    await publish(connection, ["long"]);
    await done(connection, 1);
    assert.equal(started, 1);
    const manager = await jetstreamManager(connection);
    const { delivered } = await manager.consumers.info("WORK", "worker");
    assert.equal(delivered.consumer_seq, 1, "the server has delivered it once");
  });
});

Deno.test("a message whose workers die of it becomes a dead letter, too", async () => {
  await withNats(async (connection) => {
    await using worker = await work(connection, () => Promise.resolve());
    await worker.stop();
    await publish(connection, ["deadly"]);
    const manager = await jetstreamManager(connection);
    await manager.consumers.update("WORK", "worker", { ack_wait: 50_000_000 });
    const consumer = await jetstream(connection).consumers.get("WORK", "worker");
    // Takes the message and is not heard of again, as a process that crashes.
    for (let i = 0; i < 5; i++) {
      assert.equal((await consumer.next({ expires: 1_000 }))?.string(), "deadly");
    }
    await using _next = await consumeDurably(connection, {
      stream: "WORK",
      durable: "worker",
      process: "test",
      ackWaitMs: 200,
      handle: () => Promise.reject(new Error("It is not to be tried again")),
    });
    await done(connection, 1);
    const [letter] = await new DeadLetterBox(connection).list({ limit: 10 });
    assert.equal(letter?.tries, 5);
    assert.match(letter?.reason ?? "", /did not end in 5 tries/);
  });
});

Deno.test("a worker that stops ends what it has in hand and leaves the rest to the next one", async () => {
  await withNats(async (connection) => {
    const ended: string[] = [];
    const worker = await work(connection, async (text) => {
      await sleep(100);
      ended.push(text);
    }, { concurrency: 2 });
    await publish(connection, Array.from({ length: 20 }, (_, i) => `${i}`));
    await sleep(250);
    await worker.stop();
    const before = ended.length;
    assert.ok(before > 0 && before < 20, `${before} were done`);
    await using _next = await work(connection, (text) => {
      ended.push(text);
      return Promise.resolve();
    });
    await done(connection, 20);
    assert.equal(new Set(ended).size, 20);
    assert.equal(ended.length, 20);
  });
});

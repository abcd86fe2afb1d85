import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers as newHeaders, type Msg, type NatsConnection } from "@nats-io/nats-core";
import {
  pause,
  readBatches,
  readFrom,
  readLast,
  readOrdered,
  readPage,
} from "../../actors/platform/mod.ts";
import { withNats } from "./_nats_fixture.ts";
import { until } from "./_until.ts";

const SUBJECT = "app.event.7.group.sample";

async function append(connection: NatsConnection, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) {
    for (let attempt = 0;; attempt++) {
      try {
        await connection.request(SUBJECT, `message ${i}`, { timeout: 500 });
        break;
      } catch (error) {
        if (attempt > 20) throw error;
        await pause(50);
      }
    }
  }
}

Deno.test("a reader delivers every matching message once, in order, and waits for its handler", async () => {
  await withNats(async (connection) => {
    await append(connection, 1, 20);
    const seen: number[] = [];
    let handling = 0;
    await using reader = readOrdered(connection, {
      stream: "EV-0",
      filterSubjects: ["app.event.7.group.*", "app.event.8.group.*"],
      startSequence: 5,
      handle: async (message) => {
        assert.equal(++handling, 1, "one message at a time");
        await Promise.resolve();
        seen.push(message.seq);
        handling--;
      },
    });
    await append(connection, 21, 40);
    connection.publish("app.event.9.group.other", "not for this reader");
    await until(() => reader.position === 40, 5_000);
    assert.deepEqual(seen, Array.from({ length: 36 }, (_, i) => i + 5));
    assert.equal(await reader.isCaughtUp(), true);
  });
});

Deno.test("a reader survives its consumer being deleted and its server being killed", async () => {
  await withNats(async (connection, server) => {
    const seen: number[] = [];
    await using reader = readOrdered(connection, {
      stream: "EV-0",
      startSequence: 1,
      handle: (message) => void seen.push(message.seq),
    });
    await append(connection, 1, 5);
    await until(() => reader.position === 5, 5_000);

    const manager = await jetstreamManager(connection);
    for await (const { name } of manager.consumers.list("EV-0")) {
      await manager.consumers.delete("EV-0", name);
    }
    await append(connection, 6, 10);
    await until(() => reader.position === 10, 8_000);

    Deno.kill(server.pid, "SIGKILL");
    await append(connection, 11, 15);
    await until(() => reader.position >= 15, 8_000);
    assert.deepEqual(seen, seen.map((_, i) => i + 1));
  });
});

Deno.test("a handler that throws gets the same message again, and none is skipped", async () => {
  await withNats(async (connection) => {
    await append(connection, 1, 3);
    const seen: number[] = [];
    let failures = 0;
    await using reader = readOrdered(connection, {
      stream: "EV-0",
      startSequence: 1,
      handle: (message) => {
        if (message.seq === 2 && failures++ < 2) throw new Error("not yet");
        seen.push(message.seq);
      },
    });
    await until(() => reader.position === 3, 5_000);
    assert.deepEqual(seen, [1, 2, 3]);
  });
});

Deno.test("stored messages are read by subject: the newest from the leader, all in batches", async () => {
  await withNats(async (connection) => {
    assert.equal(await readLast(connection, "EV-0", SUBJECT), undefined);
    for (let i = 1; i <= 1_100; i++) connection.publish(SUBJECT, `message ${i}`);
    await append(connection, 1_101, 1_101);
    const last = await readLast(connection, "EV-0", SUBJECT);
    assert.equal(last?.sequence, 1_101);
    assert.equal(new TextDecoder().decode(last?.data), "message 1101");
    const sequences = await Array.fromAsync(
      readFrom(connection, "EV-0", SUBJECT, 3),
      (message) => message.sequence,
    );
    assert.deepEqual(sequences, Array.from({ length: 1_099 }, (_, i) => i + 3));
    await assert.rejects(readLast(connection, "NONE", SUBJECT, 300));
  });
});

Deno.test("a page ends at its messages, or with the message that brings it to its bytes", async () => {
  await withNats(async (connection) => {
    for (let i = 1; i <= 9; i++) await connection.request(SUBJECT, new Uint8Array(1_000));
    await connection.request(SUBJECT, new Uint8Array(20_000));
    const stored = { stream: "EV-0", subject: SUBJECT };
    const pages: number[][] = [];
    for (let from = 1, complete = false; !complete; from = (pages.at(-1)?.at(-1) ?? 0) + 1) {
      const limits = { maxMessages: 5, maxBytes: 3_500 };
      const page = await readPage(connection, { ...stored, from, ...limits });
      pages.push(page.messages.map(({ sequence }) => sequence));
      complete = page.complete;
    }
    assert.deepEqual(pages, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]);
    const large = { ...stored, from: 10, maxMessages: 4, maxBytes: 3_500 };
    assert.equal((await readPage(connection, large)).messages[0]?.data.length, 20_000);
    const limits = { maxMessages: 4, maxBytes: 1_000_000 };
    const counted = await readPage(connection, { ...stored, from: 1, ...limits });
    assert.deepEqual([counted.messages.length, counted.complete], [4, false]);
    const after = await readPage(connection, { ...stored, from: 11, ...limits });
    assert.deepEqual(after, { messages: [], complete: true });
  });
});

Deno.test("a page may take long while messages come, and fails once none has come for too long", async () => {
  await withNats(async (connection) => {
    const messages = 6;
    const gapMs = 100;
    let endsWell = true;
    // Answers like a server that is slow.
    const answer = async (request: Msg) => {
      for (let sequence = 1; sequence <= messages; sequence++) {
        const stored = newHeaders();
        stored.set("Nats-Sequence", `${sequence}`);
        stored.set("Nats-Last-Sequence", `${sequence - 1}`);
        request.respond("message", { headers: stored });
        await pause(gapMs);
      }
      const end = newHeaders(204, "EOB");
      end.set("Nats-Num-Pending", "0");
      if (endsWell) request.respond("", { headers: end });
    };
    connection.subscribe("$JS.API.DIRECT.GET.SLOW", {
      callback: (_, request) => void answer(request),
    });
    const limits = { from: 1, maxMessages: 100, maxBytes: 1_000_000, timeoutMs: 3 * gapMs };
    const read = () => readPage(connection, { stream: "SLOW", subject: SUBJECT, ...limits });
    assert.equal((await read()).messages.length, messages);
    endsWell = false;
    const startedAt = performance.now();
    await assert.rejects(read(), /no answer within 300 ms/);
    const tookMs = performance.now() - startedAt;
    assert(tookMs >= (messages - 1 + 3) * gapMs - 20, `${tookMs} ms`);
  });
});

Deno.test("a subject larger than a page is read from end to end", async () => {
  await withNats(async (connection) => {
    for (let i = 1; i <= 30; i++) await connection.request(SUBJECT, new Uint8Array(100_000));
    const sequences = await Array.fromAsync(
      readFrom(connection, "EV-0", SUBJECT, 1),
      (message) => message.sequence,
    );
    assert.deepEqual(sequences, Array.from({ length: 30 }, (_, i) => i + 1));
  });
});

const LAST = 40;

/** Reads `EV-0` in batches up to message {@link LAST}; gives out the sequences of each. */
async function batches(
  connection: NatsConnection,
  options: { startSequence?: number; maxMessages?: number; maxBytes?: number },
  onBatch: (sequences: number[]) => Promise<void> | void,
): Promise<void> {
  const end = new AbortController();
  const source = readBatches(connection, {
    stream: "EV-0",
    startSequence: 1,
    maxMessages: 100,
    maxBytes: 1_000_000,
    decode: ({ sequence }) => sequence,
    signal: end.signal,
    ...options,
  });
  for await (const batch of source) {
    await onBatch(batch);
    if (batch.at(-1) === LAST) end.abort();
  }
}

Deno.test("a batch is what has gathered, within its limits, and every message comes once", async () => {
  await withNats(async (connection) => {
    await append(connection, 1, 30);
    const seen: number[][] = [];
    const reading = batches(connection, { startSequence: 5, maxMessages: 10 }, (batch) => {
      seen.push(batch);
    });
    await until(() => seen.flat().length === 26, 5_000);
    assert.deepEqual(seen.map((batch) => batch.length), [10, 10, 6]);
    await append(connection, 31, 31);
    await until(() => seen.flat().length === 27, 1_000);
    assert.equal(seen.length, 4, "a lone message comes at once");
    await append(connection, 32, 40);
    await reading;
    assert.deepEqual(seen.flat(), Array.from({ length: 36 }, (_, i) => i + 5));
  });
});

Deno.test("a batch ends at its bytes, and a message larger than that comes alone", async () => {
  await withNats(async (connection) => {
    for (let i = 1; i <= 39; i++) await connection.request(SUBJECT, new Uint8Array(1_000));
    await connection.request(SUBJECT, new Uint8Array(20_000));
    const seen: number[][] = [];
    await batches(connection, { maxBytes: 12_000 }, (batch) => void seen.push(batch));
    assert.deepEqual(seen.flat(), Array.from({ length: 40 }, (_, i) => i + 1));
    assert(seen.every((batch) => batch.length <= 11), JSON.stringify(seen));
    assert.deepEqual(seen.at(-1), [40]);
  });
});

Deno.test("reading in batches survives a deleted consumer, a killed server and a slow reader", async () => {
  await withNats(async (connection, server) => {
    const seen: number[] = [];
    const reading = batches(connection, { maxMessages: 4 }, async (batch) => {
      await pause(20);
      seen.push(...batch);
    });
    await append(connection, 1, 10);
    await until(() => seen.length === 10, 5_000);

    const manager = await jetstreamManager(connection);
    for await (const { name } of manager.consumers.list("EV-0")) {
      await manager.consumers.delete("EV-0", name);
    }
    await append(connection, 11, 20);
    await until(() => seen.length === 20, 5_000);

    Deno.kill(server.pid, "SIGKILL");
    const killedAt = performance.now();
    await append(connection, 21, 25);
    await until(() => seen.length >= 25, 8_000);
    assert(
      performance.now() - killedAt < 5_000,
      "the broken connection is noticed, not waited out",
    );

    const last = (await manager.streams.info("EV-0")).state.last_seq;
    await append(connection, last + 1, 40);
    await reading;
    assert.deepEqual(seen, Array.from({ length: 40 }, (_, i) => i + 1));
  });
});

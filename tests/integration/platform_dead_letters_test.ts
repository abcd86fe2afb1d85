/** Dead letters on a real server: what is recorded, how it is listed, and that it can be thrown away. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { DeadLetterBox, recordDeadLetter, type Undeliverable } from "../../actors/platform/mod.ts";
import { withNats } from "./_nats_fixture.ts";

const utf8 = new TextEncoder();

async function record(connection: NatsConnection, more: Partial<Undeliverable>): Promise<void> {
  await recordDeadLetter(connection, {
    subject: "app.command.1.group.a",
    stream: "CMD-0",
    sequence: 1,
    data: utf8.encode("{ not json"),
    error: new Error("No JSON"),
    tries: 1,
    process: "test",
    ...more,
  });
}

Deno.test("a letter tells what it was, where it lay, why and by whom it was given up", async () => {
  await withNats(async (connection) => {
    const headers = newHeaders();
    headers.set("traceparent", "00-trace-01");
    headers.set("Nats-Expected-Stream", "CMD-0");
    const data = new Uint8Array([0, 255, 10, 13]);
    const error = new Error("Ünlesbar:\r\nNats-Evil: yes\u0000");
    await record(connection, { sequence: 7, data, headers, error, tries: 5, codeVersion: "3" });
    const box = new DeadLetterBox(connection);
    const { data: body, recordedAt, at, ...letter } = await box.get(1) ?? assert.fail();
    assert.deepEqual([...body], [...data]);
    assert.ok(Math.abs(Date.parse(recordedAt) - Date.now()) < 5_000, recordedAt);
    assert.equal(at, undefined, "a place in a test is not in the code of the product");
    assert.deepEqual(letter, {
      sequence: 1,
      subject: "app.command.1.group.a",
      stream: "CMD-0",
      streamSequence: 7,
      reason: "Ünlesbar: Nats-Evil: yes",
      tries: 5,
      process: "test",
      codeVersion: "3",
      sizeBytes: 4,
      truncated: false,
      headers: { traceparent: "00-trace-01" },
    });
  });
});

Deno.test("where the server had copied a message from, the server alone can say", async () => {
  await withNats(async (connection) => {
    const copied = newHeaders();
    copied.set("Nats-Stream-Source", "TIMER-0 5 app.due.*.*.* x app.due.1.group.a");
    await record(connection, { headers: copied });
    const claimed = newHeaders();
    claimed.set("Todo-Dead-Source", "TIMER-0");
    await record(connection, { sequence: 2, headers: claimed });
    const box = new DeadLetterBox(connection);
    assert.equal((await box.get(1))?.source, "TIMER-0");
    assert.equal((await box.get(2))?.source, undefined);
  });
});

Deno.test("a message set aside twice makes one letter, twins of it make their own", async () => {
  await withNats(async (connection) => {
    await record(connection, {});
    await record(connection, {});
    await record(connection, { sequence: 2 });
    await record(connection, { stream: "CMD-1" });
    await record(connection, { process: "other" });
    assert.equal((await new DeadLetterBox(connection).list({ limit: 10 })).length, 4);
  });
});

Deno.test("a message of the largest size is recorded by its beginning, and the letter says so", async () => {
  await withNats(async (connection) => {
    const headers = newHeaders();
    for (let i = 0; i < 100; i++) headers.set(`x-filler-${i}`, "x".repeat(500));
    const max = connection.info?.max_payload ?? 0;
    await record(connection, {
      data: new Uint8Array(max).fill(65),
      headers,
      error: new Error("x".repeat(10_000)),
    });
    const letter = await new DeadLetterBox(connection).get(1) ?? assert.fail();
    assert.equal(letter.truncated, true);
    assert.equal(letter.sizeBytes, max);
    assert.ok(letter.data.length > max - 64 * 1024 && letter.data.length < max);
    assert.equal(letter.reason.length, 500);
  });
});

Deno.test("letters are listed from the newest on, page by page, each once", async () => {
  await withNats(async (connection) => {
    const box = new DeadLetterBox(connection);
    assert.deepEqual(await box.list({ limit: 10 }), []);
    for (let i = 1; i <= 400; i++) {
      connection.publish(`dlq.app.command.${i % 3}.group.g${i % 10}`, `${i}`);
    }
    await connection.flush();
    const all = Array.from({ length: 400 }, (_, i) => 400 - i);
    const expected = all.filter((n) => n < 40 || n > 330 || n % 50 === 0);
    const discarded = all.filter((n) => !expected.includes(n));
    await Promise.all(discarded.map((sequence) => box.discard(sequence)));
    const listed: number[] = [];
    for (let full = true; full;) {
      const page = await box.list({ limit: 30, before: listed.at(-1) });
      listed.push(...page.map(({ sequence }) => sequence));
      full = page.length === 30;
    }
    assert.deepEqual(listed, expected);

    const of = async (subject: string) =>
      (await box.list({ limit: 200, subject })).map(({ sequence }) => sequence);
    assert.deepEqual(await of("app.command"), expected);
    assert.deepEqual(await of("app.command.2"), expected.filter((n) => n % 3 === 2));
    assert.deepEqual(
      await of("app.command.1.group.g1"),
      expected.filter((n) => n % 3 === 1 && n % 10 === 1),
    );
    assert.deepEqual(await of("app.comm"), [], "a prefix ends with a token");
    assert.deepEqual(await of("app.event"), []);
  });
});

Deno.test("a letter that is thrown away is gone, its bytes too", async () => {
  await withNats(async (connection) => {
    const box = new DeadLetterBox(connection);
    for (let sequence = 1; sequence <= 3; sequence++) await record(connection, { sequence });
    for (const sequence of [2, 1, 3]) {
      assert.equal(await box.discard(sequence), true);
      assert.equal(await box.discard(sequence), false);
      assert.equal(await box.get(sequence), undefined);
    }
    assert.equal(await box.discard(99), false);
    assert.equal(await box.get(99), undefined);
    const manager = await jetstreamManager(connection);
    assert.equal((await manager.streams.info("DLQ")).state.messages, 0);
  });
});

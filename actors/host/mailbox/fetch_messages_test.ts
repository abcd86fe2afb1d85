/** Fetching from a real server: a message comes as the reader would have delivered it. */
import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import { headers as newHeaders } from "@nats-io/nats-core";
import { startNatsServer } from "../../../dev/mod.ts";
import { applyStreams, connectNats, Outbox, pause, readOrdered } from "../../platform/mod.ts";
import { newId } from "../../protocol/mod.ts";
import { groupSubject, headers } from "../../protocol/routing/mod.ts";
import { isFromTimer, NatsTimers } from "../nats/mod.ts";
import { fetchMessages } from "./fetch_messages.ts";
import type { MailboxMessage } from "./message.ts";

/** What counts of a message. */
function facts(message: MailboxMessage) {
  return {
    subject: message.subject,
    seq: message.seq,
    text: new TextDecoder().decode(message.data),
    json: message.json(),
    replyTo: message.headers?.get(headers.REPLY_TO) ?? "",
    isFromTimer: isFromTimer(message.headers),
    ms: message.timestampNanos / 1_000_000n,
  };
}

Deno.test("messages are fetched as they were delivered: content, headers, time, and who put them there", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-fetch-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: server.url, name: "test" });
    try {
      await applyStreams(connection);
      using timers = new NatsTimers(connection, {
        kind: "group",
        shards: 1,
        outbox: new Outbox(connection),
      });
      const [id, other] = [newId(), newId()];
      const js = jetstream(connection);
      for (let n = 0; n < 5; n++) {
        const header = newHeaders();
        header.set(headers.REPLY_TO, `answer.${n}`);
        await js.publish(groupSubject("command", id), JSON.stringify({ n, text: "漢字" }), {
          headers: header,
        });
        await js.publish(groupSubject("command", other), "{}");
      }
      const command = { what: "due" };
      const armed = [{ name: "r", at: new Date().toISOString(), command }];
      await timers.set(id, 1, [{ about: "t", armed, fresh: true }]);

      const delivered: MailboxMessage[] = [];
      const reader = readOrdered(connection, {
        stream: "CMD-0",
        startSequence: 1,
        filterSubjects: [groupSubject("command", id)],
        handle: (message) => {
          delivered.push(message);
          return Promise.resolve();
        },
      });
      for (let wait = 0; wait < 200 && delivered.length < 6; wait++) await pause(20);
      await reader.stop();
      assert.equal(delivered.length, 6);
      assert.ok(isFromTimer(delivered[5]?.headers));

      const fetch = (from: number, maxMessages: number) =>
        fetchMessages(connection, "CMD-0", {
          subject: groupSubject("command", id),
          from,
          maxMessages,
        });
      assert.deepEqual((await fetch(1, 100)).map(facts), delivered.map(facts));
      assert.deepEqual((await fetch(2, 2)).map(facts), delivered.slice(1, 3).map(facts));
      assert.deepEqual(await fetch(1_000, 5), []);
    } finally {
      await connection.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

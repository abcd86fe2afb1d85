/** A streamer that begins at the snapshot that a host process has written, on a real server. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";
import { startHostProcess } from "./_host_process.ts";
import { MailboxClient } from "./_mailbox_client.ts";
import { StreamClient, withStreams } from "./_stream_fixture.ts";
import { until } from "./_until.ts";

const OWNER = "owner";
/** Let go after a moment, a group leaves a snapshot. */
const SETTINGS = { HOST_IDLE_MS: "300" };

/** How often the streamer on `port` has begun to follow a group, by what became of the snapshot. */
async function follows(port: number): Promise<Record<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const counts = (await response.text())
    .matchAll(/^tf_stream_follows_total\{.*snapshot="(\w+)".*\} (\d+)$/gm);
  return Object.fromEntries([...counts].map(([, use = "", count]) => [use, Number(count)]));
}

Deno.test("a streamer begins at a host's snapshot, and reads the log for cursors of before and when it is damaged", () =>
  withStreams(async ({ connection, natsUrl, start, token }) => {
    await using _host = await startHostProcess(natsUrl, SETTINGS);
    using client = new MailboxClient(connection);
    const id = newId();
    const send = async (type: "group.create" | "todo.create", payload: object) => {
      const body = { type, payload } as Parameters<MailboxClient["send"]>[2];
      const outcome = await client.send(id, OWNER, body, { timeoutMs: 5_000 });
      assert.equal(outcome?.status, "committed");
      return outcome.version;
    };
    const jwt = await token(OWNER);
    let version = await send("group.create", { name: "Home" });
    const reached = (reader: StreamClient) =>
      reader.until(() => reader.model.versions.get(id) === version, `version ${version}`);

    const early = await start();
    const before = await StreamClient.open(early, jwt, [{ id }]);
    await reached(before);
    await before.close();
    assert.deepEqual(await follows(early.port), { none: 1 });

    for (let n = 0; n < 9; n++) version = await send("todo.create", { title: `Todo ${n}` });
    const manager = await jetstreamManager(connection);
    const subject = groupSubject("snapshot", id);
    const saved = () => manager.streams.getMessage("SNAP-0", { last_by_subj: subject });
    await until(
      async () => Number((await saved())?.header.get(headers.VERSION) ?? 0) === version,
      5_000,
    );
    version = await send("todo.create", { title: "Later" });

    const late = await start();
    const fresh = await StreamClient.open(late, jwt, [{ id }]);
    const resumed = await StreamClient.open(late, jwt, [{ id }], before.model);
    await reached(fresh);
    await reached(resumed);
    assert.deepEqual(await follows(late.port), { found: 1 });
    assert.deepEqual(fresh.events, ["snapshot"]);
    assert.deepEqual(new Set(resumed.events), new Set(["todo-event"]));
    version = await send("todo.create", { title: "After" });
    for (const reader of [fresh, resumed]) {
      await reached(reader);
      await reader.close();
    }

    const stored = await saved();
    assert.ok(stored);
    stored.header.set(headers.LOG_HASH, "0".repeat(64));
    await connection.request(subject, stored.data, { timeout: 1_000, headers: stored.header });
    const third = await start();
    const last = await StreamClient.open(third, jwt, [{ id }]);
    await reached(last);
    assert.deepEqual(await follows(third.port), { history: 1 });
    await last.close();
  }));

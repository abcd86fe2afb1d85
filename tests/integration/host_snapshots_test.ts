/** Hosts that are killed and wake their groups by snapshots, as processes on a real server. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";
import { startHostProcess } from "./_host_process.ts";
import { MailboxClient } from "./_mailbox_client.ts";
import { withNats } from "./_nats_fixture.ts";
import { until } from "./_until.ts";

const OWNER = "owner";
const SETTINGS = { HOST_SNAPSHOT_EVERY: "5", HOST_IDLE_MS: "500" };

Deno.test("a host started after a kill wakes groups by snapshots and knows all that was before", async () => {
  await withNats(async (connection, { url }) => {
    using client = new MailboxClient(connection);
    const manager = await jetstreamManager(connection);
    const groupId = newId();
    const savedVersion = async () => {
      const subject = groupSubject("snapshot", groupId);
      const saved = await manager.streams.getMessage("SNAP-0", { last_by_subj: subject });
      return Number(saved?.header.get(headers.VERSION) ?? 0);
    };
    const send = async (type: "todo.create" | "undo", payload: object, id = newId()) => {
      const body = { type, payload } as Parameters<MailboxClient["send"]>[2];
      const outcome = await client.send(groupId, OWNER, body, { id, timeoutMs: 5_000 });
      return { id, outcome };
    };

    const first = await startHostProcess(url, SETTINGS);
    await client.send(groupId, OWNER, { type: "group.create", payload: { name: "Home" } });
    const before = [];
    for (let n = 0; n < 8; n++) before.push(await send("todo.create", { title: `Todo ${n}` }));
    await until(async () => await savedVersion() >= 6, 5_000);
    await first.kill("SIGKILL");

    await using _second = await startHostProcess(url, SETTINGS);
    for (const [n, { id, outcome }] of before.entries()) {
      const again = await send("todo.create", { title: `Todo ${n}` }, id);
      assert.deepEqual(again.outcome, outcome);
    }
    const undone = await send("undo", { command_id: before[1]?.id });
    assert.equal(undone.outcome?.status, "committed");
    const version = undone.outcome?.status === "committed" ? undone.outcome.version : 0;
    assert.equal(version, 11);
    // Idle, it is let go and leaves a snapshot of its last commit.
    await until(async () => await savedVersion() === version, 5_000);
    const next = await send("todo.create", { title: "After the nap" });
    assert.equal(next.outcome?.status === "committed" && next.outcome.version, 12);
  });
});

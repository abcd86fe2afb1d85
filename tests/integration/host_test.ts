import assert from "node:assert/strict";
import type { NatsConnection } from "@nats-io/nats-core";
import { pause, readFrom } from "../../actors/platform/mod.ts";
import {
  decodeCommit,
  type GroupEvent,
  newId,
  type Outcome,
  versionOf,
} from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";
import { createHash } from "node:crypto";
import { type NatsServer, pauseProcess } from "../../dev/mod.ts";
import { startHostProcess } from "./_host_process.ts";
import { withNats } from "./_nats_fixture.ts";
import { MailboxClient } from "./_mailbox_client.ts";
import { until } from "./_until.ts";

const OWNER = "owner";
const create = { type: "group.create", payload: { name: "Home" } } as const;
const todo = (title: string) => ({ type: "todo.create", payload: { title } }) as const;

interface Site {
  readonly nats: NatsServer;
  readonly connection: NatsConnection;
  readonly client: MailboxClient;
}

/** A NATS server of its own with a client; everything is gone afterwards. */
function withSite(run: (site: Site) => Promise<void>): Promise<void> {
  return withNats(async (connection, nats) => {
    using client = new MailboxClient(connection);
    await run({ nats, connection, client });
  });
}

/** Reads the whole log of a group, checking versions, mailbox order and the hash chain on the way. */
async function audit(connection: NatsConnection, groupId: string): Promise<GroupEvent[]> {
  const events: GroupEvent[] = [];
  let hash: string | undefined;
  let covered = 0;
  for await (const message of readFrom(connection, "EV-0", groupSubject("event", groupId), 1)) {
    assert.equal(message.headers?.get(headers.PREVIOUS_HASH) || undefined, hash);
    hash = createHash("sha256").update(message.data).digest("hex");
    const mailbox = Number(message.headers?.get(headers.MAILBOX_SEQUENCE));
    assert.ok(mailbox > covered, "log messages cover the mailbox in order");
    covered = mailbox;
    events.push(...decodeCommit(message.data));
  }
  assert.deepEqual(events.map(versionOf), events.map((_, i) => i + 1), "versions are dense");
  return events;
}

/** Sends `count` commands one after the other; retries an unknown outcome under the same id. */
async function writer(
  client: MailboxClient,
  groupId: string,
  count: number,
  outcomes: Map<string, Outcome>,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const id = newId();
    for (let attempt = 0; !outcomes.has(id); attempt++) {
      assert.ok(attempt < 30, "the outcome of a command stays unknown");
      const outcome = await client.send(groupId, OWNER, todo(`Todo ${i}`), {
        id,
        timeoutMs: 1_000,
      });
      if (outcome) outcomes.set(id, outcome);
    }
  }
}

/** Every answered command is in the log, once, just as answered. */
function assertAnswersMatchLog(outcomes: Iterable<Outcome>, events: readonly GroupEvent[]): void {
  for (const outcome of outcomes) {
    assert.equal(outcome.status, "committed");
    if (outcome.status !== "committed") continue;
    const logged = events.filter((event) => event.causationid === outcome.command_id);
    assert.deepEqual(logged, outcome.events);
  }
}

Deno.test("a command is decided, stored in the log and answered with what was stored", async () => {
  await withSite(async ({ nats, connection, client }) => {
    await using _host = await startHostProcess(nats.url);
    const groupId = newId();
    const outcomes = [
      await client.send(groupId, OWNER, create),
      await client.send(groupId, OWNER, todo("Milk")),
    ];
    const stranger = await client.send(groupId, "stranger", todo("Intrusion"));
    assert.equal(stranger?.status === "rejected" && stranger.problem.code, "not-found");
    const events = await audit(connection, groupId);
    assert.equal(events.length, 3);
    assertAnswersMatchLog(outcomes.filter((outcome) => outcome !== undefined), events);
  });
});

Deno.test("hosts killed while they decide lose nothing and do nothing twice", async () => {
  await withSite(async ({ nats, connection, client }) => {
    let host = await startHostProcess(nats.url);
    try {
      const groups = Array.from({ length: 8 }, () => newId());
      for (const groupId of groups) await client.send(groupId, OWNER, create);
      const outcomes = groups.map(() => new Map<string, Outcome>());
      let done = false;
      const writing = Promise.all(
        groups.map((groupId, i) => writer(client, groupId, 250, outcomes[i] ?? new Map())),
      ).finally(() => done = true);
      let kills = 0;
      while (!done && kills < 4) {
        await pause(120);
        await host.kill("SIGKILL");
        kills++;
        host = await startHostProcess(nats.url);
      }
      await writing;
      assert.ok(kills >= 2, `only ${kills} kills happened while writing`);
      for (const [i, groupId] of groups.entries()) {
        const events = await audit(connection, groupId);
        assert.equal(events.length, 2 + 250);
        assertAnswersMatchLog(outcomes[i]?.values() ?? [], events);
      }
    } finally {
      await host.kill("SIGKILL");
    }
  });
});

Deno.test("a NATS server killed under load comes back with every acknowledged command", async () => {
  await withSite(async ({ nats, connection, client }) => {
    await using _host = await startHostProcess(nats.url);
    const groups = Array.from({ length: 8 }, () => newId());
    for (const groupId of groups) await client.send(groupId, OWNER, create);
    const outcomes = groups.map(() => new Map<string, Outcome>());
    const writing = Promise.all(
      groups.map((groupId, i) => writer(client, groupId, 150, outcomes[i] ?? new Map())),
    );
    for (let kill = 0; kill < 2; kill++) {
      await pause(200);
      const { pid } = nats;
      Deno.kill(pid, "SIGKILL");
      await until(() => nats.pid !== pid && nats.pid !== 0, 5_000);
    }
    await writing;
    for (const [i, groupId] of groups.entries()) {
      assertAnswersMatchLog(outcomes[i]?.values() ?? [], await audit(connection, groupId));
    }
  });
});

Deno.test("two hosts that both own everything commit every command once and in order", async () => {
  await withSite(async ({ nats, connection, client }) => {
    const env = { HOST_FORCE_ALL_BLOCKS: "true" };
    await using _one = await startHostProcess(nats.url, env);
    await using _two = await startHostProcess(nats.url, env);
    const groups = Array.from({ length: 4 }, () => newId());
    for (const groupId of groups) await client.send(groupId, OWNER, create);
    const outcomes = groups.map(() => new Map<string, Outcome>());
    await Promise.all(
      groups.map((groupId, i) => writer(client, groupId, 200, outcomes[i] ?? new Map())),
    );
    for (const [i, groupId] of groups.entries()) {
      const events = await audit(connection, groupId);
      assert.equal(events.length, 2 + 200);
      assertAnswersMatchLog(outcomes[i]?.values() ?? [], events);
    }
  });
});

Deno.test("a host that is asked to stop finishes what it took and leaves its cursors behind", async () => {
  await withSite(async ({ nats, connection, client }) => {
    const host = await startHostProcess(nats.url);
    const groupId = newId();
    await client.send(groupId, OWNER, create);
    const outcome = client.send(groupId, OWNER, todo("Last words"));
    await connection.flush();
    const { code } = await host.kill("SIGTERM");
    assert.equal(code, 0);
    await using _next = await startHostProcess(nats.url);
    assert.equal((await outcome)?.status, "committed");
    assert.equal((await client.send(groupId, OWNER, todo("Next")))?.status, "committed");
    assert.equal((await audit(connection, groupId)).length, 4);
  });
});

Deno.test("a host is gone soon after it is asked to stop, even when NATS does not answer", async () => {
  await withSite(async ({ nats, connection, client }) => {
    const host = await startHostProcess(nats.url);
    const groupId = newId();
    await client.send(groupId, OWNER, create);
    await pauseProcess(host.pid);
    const outcome = client.send(groupId, OWNER, todo("In between"), { timeoutMs: 20_000 });
    await connection.flush();
    await pauseProcess(nats.pid);
    Deno.kill(host.pid, "SIGCONT");
    const startedAt = performance.now();
    await host.kill("SIGTERM");
    const tookMs = performance.now() - startedAt;
    Deno.kill(nats.pid, "SIGCONT");
    assert.ok(tookMs < 8_000, `the host took ${tookMs} ms to stop`);
    await using _next = await startHostProcess(nats.url);
    assert.equal((await outcome)?.status, "committed");
    assert.equal((await audit(connection, groupId)).length, 3);
  });
});

Deno.test("mailbox garbage is set aside as a dead letter and blocks nobody", async () => {
  await withSite(async ({ nats, connection, client }) => {
    await using _host = await startHostProcess(nats.url);
    const groupId = newId();
    await client.send(groupId, OWNER, create);
    connection.publish(groupSubject("command", groupId), "{ not json");
    connection.publish(groupSubject("command", groupId), JSON.stringify({ group_id: "other" }));
    const undo = {
      command_id: newId(),
      group_id: groupId,
      actor: OWNER,
      type: "undo",
      payload: null,
    };
    connection.publish(groupSubject("command", groupId), JSON.stringify(undo));
    assert.equal((await client.send(groupId, OWNER, todo("Unharmed")))?.status, "committed");
    const dead: string[] = [];
    const subject = `dlq.${groupSubject("command", groupId)}`;
    for await (const message of readFrom(connection, "DLQ", subject, 1)) {
      dead.push(new TextDecoder().decode(message.data));
    }
    assert.deepEqual(dead, [
      "{ not json",
      JSON.stringify({ group_id: "other" }),
      JSON.stringify(undo),
    ]);
  });
});

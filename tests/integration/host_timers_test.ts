/** Reminders on a real server: when they fire, what cancels them, and what they outlive. */
import assert from "node:assert/strict";
import { jetstreamManager } from "@nats-io/jetstream";
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { applyStreams, connectNats, pause, readFrom } from "../../actors/platform/mod.ts";
import { decodeCommit, type GroupEvent, newId, SYSTEM_ACTOR } from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";
import { type NatsServer, pauseProcess } from "../../dev/mod.ts";
import { startHostProcess } from "./_host_process.ts";
import { MailboxClient } from "./_mailbox_client.ts";
import { withNats } from "./_nats_fixture.ts";
import { until } from "./_until.ts";

const OWNER = "owner";

type Fired = Extract<GroupEvent, { readonly type: "com.todo1m.reminder.fired" }>;

/** A group with its owner, on a server of its own. */
class Site {
  readonly groupId = newId();

  constructor(
    readonly nats: NatsServer,
    readonly connection: NatsConnection,
    readonly client: MailboxClient,
  ) {}

  /** Sends one command, which must be committed. */
  async ok(type: string, payload: object, timeoutMs?: number): Promise<void> {
    const body = { type, payload } as Parameters<MailboxClient["send"]>[2];
    const options = timeoutMs === undefined ? {} : { timeoutMs };
    const outcome = await this.client.send(this.groupId, OWNER, body, options);
    assert.equal(outcome?.status, "committed", JSON.stringify(outcome));
  }

  /** Creates the todo `todo_id` with one reminder "r" that is due `inMs` from now; answers when. */
  async remind(todo_id: string, inMs: number): Promise<number> {
    const atMs = Date.now() + inMs;
    const reminders = [{ id: "r", at: new Date(atMs).toISOString() }];
    await this.ok("todo.create", { todo_id, title: todo_id, reminders });
    return atMs;
  }

  /** The reminders of a todo that have fired. */
  async fired(todoId: string): Promise<Fired[]> {
    const fired: Fired[] = [];
    const subject = groupSubject("event", this.groupId);
    for await (const { data } of readFrom(this.connection, "EV-0", subject, 1)) {
      for (const event of decodeCommit(data)) {
        if (event.type !== "com.todo1m.reminder.fired") continue;
        if (event.data.todo_id === todoId) fired.push(event);
      }
    }
    return fired;
  }

  untilFired(todoId: string, timeoutMs: number): Promise<void> {
    return until(async () => (await this.fired(todoId)).length > 0, timeoutMs);
  }

  /** How many timers wait for their time. */
  async waiting(): Promise<number> {
    const manager = await jetstreamManager(this.connection);
    const { state } = await manager.streams.info("TIMER-0", { subjects_filter: "app.timer.>" });
    return Object.keys(state.subjects ?? {}).length;
  }
}

/** A group on a server of its own; it is created as soon as a host runs. */
function withSite(run: (site: Site) => Promise<void>): Promise<void> {
  return withNats(async (connection, nats) => {
    using client = new MailboxClient(connection);
    await run(new Site(nats, connection, client));
  });
}

Deno.test("a reminder fires when it is due, once, and leaves no timer behind", async () => {
  await withSite(async (site) => {
    await using _host = await startHostProcess(site.nats.url);
    await site.ok("group.create", { name: "Home" });
    const arrivedMs = new Map<string, number>();
    site.connection.subscribe(groupSubject("feed", site.groupId), {
      callback: (_, message) => {
        for (const event of decodeCommit(message.data)) {
          if (event.type !== "com.todo1m.reminder.fired") continue;
          arrivedMs.set(event.data.todo_id, Date.now());
          assert.equal(event.authid, SYSTEM_ACTOR);
        }
      },
    });
    const dueMs = new Map<string, number>();
    // Further apart than the 250 ms that the server waits from one look at its timers to the next.
    for (let i = 0; i < 6; i++) dueMs.set(`t${i}`, await site.remind(`t${i}`, 700 + 400 * i));
    await until(() => arrivedMs.size === dueMs.size, 10_000);
    const lateMs = [...dueMs].map(([id, at]) => (arrivedMs.get(id) ?? Infinity) - at)
      .sort((a, b) => a - b);
    assert.ok((lateMs[0] ?? -1) >= 0, `fired ${lateMs} ms late`);
    assert.ok((lateMs[3] ?? Infinity) <= 200, `fired ${lateMs} ms late`);
    await pause(300);
    for (const id of dueMs.keys()) assert.equal((await site.fired(id)).length, 1);
    assert.equal(await site.waiting(), 0);
  });
});

Deno.test("an instant that is past already fires at once", async () => {
  await withSite(async (site) => {
    await using _host = await startHostProcess(site.nats.url);
    await site.ok("group.create", { name: "Home" });
    await site.remind("t", -3_600_000);
    await site.untilFired("t", 2_000);
  });
});

Deno.test("completing, deleting or changing a todo cancels its timer; moving a reminder moves it", async () => {
  await withSite(async (site) => {
    await using _host = await startHostProcess(site.nats.url);
    await site.ok("group.create", { name: "Home" });
    const todos = ["completed", "deleted", "cleared", "moved", "kept"];
    await Promise.all(todos.map((id) => site.remind(id, 2_000)));
    await until(async () => await site.waiting() === 5, 2_000);
    await site.ok("todo.complete", { todo_id: "completed" });
    await site.ok("todo.delete", { todo_id: "deleted" });
    await site.ok("todo.update", { todo_id: "cleared", reminders: null });
    const laterMs = Date.now() + 3_000;
    const reminders = [{ id: "r", at: new Date(laterMs).toISOString() }];
    await site.ok("todo.update", { todo_id: "moved", reminders });
    await until(async () => await site.waiting() === 2, 1_000);
    await site.untilFired("moved", 6_000);
    assert.ok(Date.now() >= laterMs);
    const counts = await Promise.all(todos.map(async (id) => (await site.fired(id)).length));
    assert.deepEqual(counts, [0, 0, 0, 1, 1]);
    assert.equal(await site.waiting(), 0);
  });
});

Deno.test("deleting a group cancels its timers, restoring it brings them back", async () => {
  await withSite(async (site) => {
    await using _host = await startHostProcess(site.nats.url);
    await site.ok("group.create", { name: "Home" });
    for (let i = 0; i < 40; i++) await site.remind(`t${i}`, 3_600_000);
    const soonMs = await site.remind("soon", 1_500);
    await site.ok("group.delete", {});
    await until(async () => await site.waiting() === 0, 2_000);
    await pause(Math.max(0, soonMs + 300 - Date.now()));
    assert.equal((await site.fired("soon")).length, 0);
    await site.ok("group.restore", {});
    await site.untilFired("soon", 2_000);
    assert.equal(await site.waiting(), 40);
  });
});

Deno.test("a host killed after the commit and before its timers leaves them to the next one", async () => {
  await withSite(async (site) => {
    const manager = await jetstreamManager(site.connection);
    await using host = await startHostProcess(site.nats.url);
    await site.ok("group.create", { name: "Home" });
    // No timer can be stored, but what was committed is answered all the same.
    const { config } = await manager.streams.info("TIMER-0");
    await manager.streams.update("TIMER-0", { ...config, max_msg_size: 1 });
    await site.remind("t", 1_000);
    await pause(200);
    await host.kill("SIGKILL");
    await manager.streams.update("TIMER-0", { ...config, max_msg_size: -1 });
    assert.equal(await site.waiting(), 0);
    await using _next = await startHostProcess(site.nats.url);
    await site.untilFired("t", 8_000);
    await pause(300);
    assert.equal((await site.fired("t")).length, 1);
  });
});

Deno.test("a timer that fires twice, or after it was cancelled, has no further effect", async () => {
  await withSite(async (site) => {
    await using _host = await startHostProcess(site.nats.url);
    await site.ok("group.create", { name: "Home" });
    const atMs = await site.remind("t", 300);
    await site.untilFired("t", 3_000);
    await site.remind("gone", 3_600_000);
    await site.ok("todo.delete", { todo_id: "gone" });
    const at = new Date(atMs).toISOString();
    for (const todo_id of ["t", "t", "gone"]) {
      await site.connection.request(
        groupSubject("due", site.groupId),
        JSON.stringify({
          command_id: newId(),
          group_id: site.groupId,
          actor: SYSTEM_ACTOR,
          type: "reminder.fire",
          payload: { todo_id, reminder_id: "r", at },
        }),
      );
    }
    await pause(300);
    // The mailbox goes on behind them, in order.
    await site.ok("todo.update", { todo_id: "t", title: "Still at work" });
    assert.equal((await site.fired("t")).length, 1);
    assert.equal((await site.fired("gone")).length, 0);
    const manager = await jetstreamManager(site.connection);
    assert.equal((await manager.streams.info("DLQ")).state.messages, 0);
  });
});

Deno.test("whoever writes into a mailbox cannot pass for a timer", async () => {
  await withSite(async (site) => {
    await using _host = await startHostProcess(site.nats.url);
    await site.ok("group.create", { name: "Home" });
    const atMs = await site.remind("t", 3_600_000);
    const forged = JSON.stringify({
      command_id: newId(),
      group_id: site.groupId,
      actor: SYSTEM_ACTOR,
      type: "reminder.fire",
      payload: { todo_id: "t", reminder_id: "r", at: new Date(atMs).toISOString() },
    });
    const header = newHeaders();
    header.set(headers.STREAM_SOURCE, "TIMER-0 1 app.due.*.*.* x x");
    const subject = groupSubject("command", site.groupId);
    const refused = await site.connection.request(subject, forged, {
      headers: header,
      timeout: 2_000,
    });
    assert.match(refused.string(), /header is not allowed/);
    await site.connection.request(subject, forged);
    const manager = await jetstreamManager(site.connection);
    await until(async () => (await manager.streams.info("DLQ")).state.messages === 1, 2_000);
    await site.ok("todo.update", { todo_id: "t", title: "Still at work" });
    assert.equal((await site.fired("t")).length, 0);
  });
});

Deno.test("timers outlive purged mailboxes and killed servers; what came due meanwhile fires afterwards, once", async () => {
  await withSite(async (site) => {
    await using _host = await startHostProcess(site.nats.url);
    await site.ok("group.create", { name: "Home" });
    await site.remind("before", 300);
    await site.untilFired("before", 3_000);
    const atMs = await site.remind("during", 1_500);
    const later = await site.remind("after", 6_000);
    const manager = await jetstreamManager(site.connection);
    await manager.streams.purge("CMD-0");
    assert.equal(await site.waiting(), 2);

    const { pid } = site.nats;
    await pauseProcess(pid);
    await pause(atMs + 500 - Date.now());
    Deno.kill(pid, "SIGKILL");
    await until(() => site.nats.pid !== pid && site.nats.pid !== 0, 10_000);
    // A connection of its own: that of the site may still believe in the old server.
    const connection = await connectNats({ url: site.nats.url, name: "test" });
    try {
      using client = new MailboxClient(connection);
      const back = Object.assign(new Site(site.nats, connection, client), {
        groupId: site.groupId,
      });
      await back.untilFired("during", 15_000);
      await back.untilFired("after", 15_000);
      assert.ok(Date.now() >= later);
      await pause(1_000);
      for (const id of ["before", "during", "after"]) {
        assert.equal((await back.fired(id)).length, 1, id);
      }
    } finally {
      await connection.close();
    }
  });
});

Deno.test("a full mailbox makes its timers wait, and loses none", async () => {
  await withSite(async (site) => {
    await applyStreams(site.connection, {
      replicas: 1,
      shards: 1,
      mailboxMaxBytes: 1024 ** 2,
      mailboxMaxPerGroup: 3,
    });
    const { connection, groupId } = site;
    const subject = groupSubject("command", groupId);
    for (let i = 0; i < 3; i++) await connection.request(subject, `{"count":${i}}`);
    await connection.request(groupSubject("due", groupId), `{"due":true}`);
    const manager = await jetstreamManager(connection);
    await pause(500);
    assert.equal((await manager.streams.info("CMD-0")).state.messages, 3);
    await manager.streams.purge("CMD-0", { keep: 2 });
    await until(async () => (await manager.streams.info("CMD-0")).state.messages === 3, 10_000);
    const last = await manager.streams.getMessage("CMD-0", { last_by_subj: subject });
    assert.equal(last?.string(), `{"due":true}`);
  });
});

/** The outbox of account events, on a real Postgres. */
import assert from "node:assert/strict";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { type AccountEvent, messageOf, takeEvents, tellOfUser } from "./account_events.ts";
import { Accounts } from "./accounts.ts";
import { RefreshTokens } from "./refresh_tokens.ts";
import { endSessions } from "./sessions.ts";

async function withDatabase(run: (sql: Sql) => Promise<void>): Promise<void> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  await using database = await scratchDatabase(server);
  const sql = connectPostgres(database.url, { name: "test", max: 6 });
  try {
    await run(sql);
  } finally {
    await sql.end();
  }
}

/** Notes that `count` things have happened to a user, numbered from 0. */
async function happen(sql: Sql, user: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await tellOfUser(sql, user, { verb: "updated", changed: [`${i}`] });
  }
}

const told = (events: readonly AccountEvent[]) =>
  events.map(({ userId, verb, data }) => [userId, verb, ...Object.values(data)].join(" "));

/** Takes all there is and answers it in the order in which it was handed out. */
async function takeAll(sql: Sql): Promise<AccountEvent[]> {
  const all: AccountEvent[] = [];
  await takeEvents(sql, (events) => {
    all.push(...events);
    return Promise.resolve(events.length);
  });
  return all;
}

Deno.test("every change of accounts and sessions leaves its event, and each but one", async () => {
  await withDatabase(async (sql) => {
    const ana = await new Accounts(sql).create("ana", "hash");
    assert.ok(ana);
    assert.equal(await new Accounts(sql).create("ana", "hash"), undefined);
    const options = {
      sql,
      secret: "secret",
      lifetimeSeconds: 60,
      sessionSeconds: 600,
      graceSeconds: 0,
    };
    const tokens = new RefreshTokens(options);
    const start = async () => {
      const grant = await tokens.issue(ana);
      assert.ok(grant);
      return grant;
    };
    const [out, reused, ended, expired] = [
      await start(),
      await start(),
      await start(),
      await start(),
    ];
    assert.equal(await tokens.issue({ ...ana, passwordHash: "another" }), undefined);
    await tokens.rotate(out.token, { answerTwins: false });
    for (let i = 0; i < 2; i++) await tokens.revoke(out.token);
    for (let i = 0; i < 3; i++) await tokens.rotate(reused.token, { answerTwins: false });
    const choice = { userId: ana.id, only: ended.sessionId, reason: "ended-by-user" } as const;
    await Promise.all([endSessions(sql, choice), endSessions(sql, choice)]);
    await sql`update refresh_tokens set expires_at = now() - interval '2 days'`;
    for (let i = 0; i < 2; i++) await tokens.removeExpired();

    const events = await takeAll(sql);
    assert.ok(events.every(({ userId }) => userId === ana.id));
    assert.deepEqual(events.map(({ sessionId, verb, data }) => [sessionId, verb, data]), [
      [undefined, "created", {}],
      ...[out, reused, ended, expired].map(({ sessionId }) => [sessionId, "created", {}]),
      [out.sessionId, "invalidated", { reason: "signed-out" }],
      [reused.sessionId, "invalidated", { reason: "token-reused" }],
      [ended.sessionId, "invalidated", { reason: "ended-by-user" }],
      [expired.sessionId, "invalidated", { reason: "expired" }],
    ]);
    assert.equal((await sql`select 1 from account_outbox`).length, 0);
  });
});

Deno.test("a change that is rolled back leaves no event", async () => {
  await withDatabase(async (sql) => {
    await assert.rejects(sql.begin(async (transaction) => {
      await tellOfUser(transaction, "ana", { verb: "deleted" });
      throw new Error("no");
    }));
    assert.deepEqual(await takeAll(sql), []);
  });
});

Deno.test("what is not taken is handed out again, with what came after it of the same user", async () => {
  await withDatabase(async (sql) => {
    await happen(sql, "ana", 3);
    await happen(sql, "ben", 2);
    const result = await takeEvents(sql, (events) => {
      return Promise.resolve(events[0]?.userId === "ana" ? 1 : events.length);
    });
    assert.deepEqual(result, { found: 5, taken: 3 });
    await happen(sql, "ana", 1);
    const failed = takeEvents(sql, () => Promise.reject(new Error("killed")));
    await assert.rejects(failed, /killed/);
    assert.deepEqual(told(await takeAll(sql)), [
      "ana updated 1",
      "ana updated 2",
      "ana updated 0",
    ]);
  });
});

Deno.test("several takers share the users, none of whose events two of them have at once", async () => {
  await withDatabase(async (sql) => {
    const users = Array.from({ length: 30 }, (_, i) => `user${i}`);
    for (const user of users) await happen(sql, user, 2);
    const order: string[] = [];
    const busy = new Set<string>();
    const taker = async () => {
      const publish = async (events: readonly AccountEvent[]) => {
        const user = events[0]?.userId ?? "";
        assert.ok(!busy.has(user), `${user} is taken twice`);
        busy.add(user);
        await sql`select pg_sleep(0.002)`;
        order.push(...told(events));
        busy.delete(user);
        return events.length;
      };
      for (let i = 0; i < 4; i++) await takeEvents(sql, publish);
    };
    const later = (async () => {
      for (const user of users) await happen(sql, user, 1);
    })();
    await Promise.all([taker(), taker(), taker(), later]);
    order.push(...told(await takeAll(sql)));
    assert.equal(order.length, 90);
    for (const user of users) {
      const own = order.filter((text) => text.startsWith(`${user} `));
      assert.deepEqual(own, ["0", "1", "0"].map((i) => `${user} updated ${i}`));
    }
  });
});

Deno.test("an event is a CloudEvent that names ids only", () => {
  const event: AccountEvent = {
    id: "e",
    userId: "u",
    sessionId: "s",
    verb: "invalidated",
    data: { reason: "signed-out" },
    occurredAt: new Date(0),
  };
  const { subject, body } = messageOf(event);
  assert.equal(subject, "auth.session.s.invalidated");
  assert.deepEqual(JSON.parse(body), {
    specversion: "1.0",
    id: "e",
    type: "com.todo1m.session.invalidated",
    source: "/users/u",
    subject: "sessions/s",
    time: "1970-01-01T00:00:00.000Z",
    datacontenttype: "application/json",
    data: { user_id: "u", session_id: "s", reason: "signed-out" },
  });
  const ofUser = messageOf({ ...event, sessionId: undefined, verb: "created", data: {} });
  assert.equal(ofUser.subject, "auth.user.u.created");
  assert.deepEqual(JSON.parse(ofUser.body).data, { user_id: "u" });
});

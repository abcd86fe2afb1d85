/** What others are told of accounts and sessions: over NATS, from the outbox. */
import assert from "node:assert/strict";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { decodeJwt } from "@panva/jose";
import {
  connectNats,
  connectPostgres,
  declareStreams,
  DEFAULT_STREAM_SETTINGS,
  type NatsConnection,
  pause,
  type Sql,
} from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { ACCOUNT_SUBJECTS, sessionEndSubject } from "../../actors/protocol/routing/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { OutboxRelay, type SessionRef, tellOfUser } from "../../edge/auth/mod.ts";
import { send, somebody } from "./_edge_client.ts";
import { until } from "./_until.ts";

const STREAM = "ACCOUNTS";
const PATIENCE_MS = 10_000;

interface Event {
  readonly subject: string;
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

interface Site {
  readonly connection: NatsConnection;
  /** Events from stream sequence `from` on that `wanted` accepts. */
  readonly events: (from: number, wanted: (event: Event) => boolean) => Promise<Event[]>;
  /** Sequence of the next event. */
  readonly next: () => Promise<number>;
}

async function withStream(run: (site: Site) => Promise<void>): Promise<void> {
  const connection = await connectNats({ url: Deno.env.get("TEST_NATS_URL") ?? "", name: "test" });
  try {
    const manager = await jetstreamManager(connection);
    const next = async () => (await manager.streams.info(STREAM)).state.last_seq + 1;
    const events: Site["events"] = async (from, wanted) => {
      const found: Event[] = [];
      const end = await next();
      for (let seq = from; seq < end; seq++) {
        const message = await manager.direct.getMessage(STREAM, { seq });
        if (!message) continue;
        const text = message.string();
        const event = JSON.parse(text) as Omit<Event, "subject" | "text">;
        assert.equal(message.header.get("Nats-Msg-Id"), event.id);
        const told = { ...event, subject: message.subject, text };
        if (wanted(told)) found.push(told);
      }
      return found;
    };
    await run({ connection, events, next });
  } finally {
    await connection.close();
  }
}

Deno.test("the stream of account events stores what the protocol names, and no notice or request", () => {
  const declared = declareStreams(DEFAULT_STREAM_SETTINGS).find(({ name }) => name === STREAM);
  assert.deepEqual(declared?.subjects, ACCOUNT_SUBJECTS);
});

Deno.test("the life of an account is told in its order, once, by ids alone, and soon", async () => {
  await withStream(async ({ events, next }) => {
    const from = await next();
    const person = await somebody();
    const { username, password, token, userId } = person;
    const login = await send("POST", "/api/v1/auth/login", { body: { username, password } });
    const { refresh_token } = login.body;
    await send("POST", "/api/v1/auth/logout", { body: { refresh_token } });
    const new_password = "another horse battery";
    const body = { current_password: password, new_password };
    await send("PATCH", "/api/v1/users/me", { token, body });
    const startedAt = performance.now();
    await send("DELETE", "/api/v1/users/me", { token, body: { password: new_password } });
    let told: Event[] = [];
    await until(async () => {
      told = await events(from, ({ data }) => data["user_id"] === userId);
      return told.some(({ type }) => type.endsWith("user.deleted"));
    }, PATIENCE_MS);
    assert.ok(performance.now() - startedAt < 5_000, "without waiting for the next look");
    assert.deepEqual(
      told.map(({ type, data }) => [type.slice("com.todo1m.".length), data["reason"]]),
      [
        ["user.created", undefined],
        ["session.created", undefined],
        ["session.created", undefined],
        ["session.invalidated", "signed-out"],
        ["user.updated", undefined],
        ["session.invalidated", "account-deleted"],
        ["user.deleted", undefined],
      ],
    );
    assert.deepEqual(told[4]?.data, { user_id: userId, changed: ["password"] });
    assert.equal(told[0]?.subject, `auth.user.${userId}.created`);
    assert.equal(told[3]?.subject, `auth.session.${told[2]?.data["session_id"]}.invalidated`);
    assert.equal(new Set(told.map(({ id }) => id)).size, told.length);
    for (const { text } of told) assert.ok(!text.includes(username) && !/horse|argon2/.test(text));
  });
});

/** An outbox of its own, and relays as several edges would run them. */
async function withOutbox(
  run: (
    parts: { readonly sql: Sql; readonly relay: (connection: NatsConnection) => OutboxRelay },
  ) => Promise<void>,
  announceEnd: (session: SessionRef) => void = () => {},
): Promise<void> {
  await using database = await scratchDatabase(Deno.env.get("TEST_DATABASE_URL") ?? "");
  const sql = connectPostgres(database.url, { name: "test", max: 6 });
  const relays: OutboxRelay[] = [];
  try {
    await run({
      sql,
      relay: (connection) => {
        const relay = new OutboxRelay({ sql, connection, announceEnd });
        relays.push(relay);
        return relay;
      },
    });
  } finally {
    await Promise.all(relays.map((relay) => relay.stop()));
    await sql.end({ timeout: 1 });
  }
}

async function isEmpty(sql: Sql): Promise<boolean> {
  return (await sql`select 1 from account_outbox limit 1`).length === 0;
}

Deno.test("several edges publish each event once, and those of one user in their order", async () => {
  await withStream(async ({ connection, events, next }) => {
    await withOutbox(async ({ sql, relay }) => {
      const from = await next();
      const users = Array.from({ length: 20 }, () => newId());
      for (let i = 0; i < 3; i++) relay(connection).start();
      for (let i = 0; i < 8; i++) {
        await Promise.all(
          users.map((user) => tellOfUser(sql, user, { verb: "updated", changed: [`${i}`] })),
        );
      }
      await until(() => isEmpty(sql), PATIENCE_MS);
      const told = await events(from, ({ data }) => users.includes(String(data["user_id"])));
      assert.equal(told.length, 160);
      for (const user of users) {
        const own = told.filter(({ data }) => data["user_id"] === user);
        assert.deepEqual(
          own.map(({ data }) => data["changed"]),
          Array.from({ length: 8 }, (_, i) => [`${i}`]),
        );
      }
    });
  });
});

Deno.test("an event that an edge published before it died is not stored twice by the next", async () => {
  await withStream(async ({ connection, events, next }) => {
    await withOutbox(async ({ sql, relay }) => {
      const from = await next();
      const user = newId();
      await tellOfUser(sql, user, { verb: "deleted" });
      const [row] = await sql<{ id: string }[]>`select id from account_outbox`;
      assert.ok(row);
      await jetstream(connection).publish(`auth.user.${user}.deleted`, `{"id":"${row.id}"}`, {
        msgID: row.id,
      });
      relay(connection).start();
      await until(() => isEmpty(sql), PATIENCE_MS);
      assert.equal((await events(from, ({ id }) => id === row.id)).length, 1);
    });
  });
});

Deno.test("the end of a session that an edge could not announce any more is announced all the same", async () => {
  await withStream(async ({ connection }) => {
    const ended: string[] = [];
    await withOutbox(async ({ sql, relay }) => {
      const session = newId();
      await sql`insert into account_outbox (user_id, session_id, verb)
        values (${newId()}, ${session}, 'invalidated')`;
      relay(connection).start();
      await until(() => ended.includes(session), PATIENCE_MS);
    }, ({ sessionId }) => ended.push(sessionId));
    const person = await somebody();
    let heard = 0;
    connection.subscribe(sessionEndSubject(String(decodeJwt(person.token)["sid"])), {
      callback: () => void heard++,
    });
    await connection.flush();
    await send("DELETE", "/api/v1/users/me", {
      token: person.token,
      body: { password: person.password },
    });
    // At once, and by the relay.
    await until(() => heard >= 2, PATIENCE_MS);
  });
});

Deno.test("events wait while NATS is away, and come in their order when it is back", async () => {
  await withStream(async ({ connection, events, next }) => {
    await withOutbox(async ({ sql, relay }) => {
      const from = await next();
      const user = newId();
      const away = await connectNats({ url: Deno.env.get("TEST_NATS_URL") ?? "", name: "test" });
      await away.close();
      const dead = relay(away);
      dead.start();
      for (let i = 0; i < 3; i++) {
        await tellOfUser(sql, user, { verb: "updated", changed: [`${i}`] });
      }
      await pause(200);
      assert.equal((await sql`select 1 from account_outbox`).length, 3);
      await dead.stop();
      relay(connection).start();
      await until(() => isEmpty(sql), PATIENCE_MS);
      const told = await events(from, ({ data }) => data["user_id"] === user);
      assert.deepEqual(told.map(({ data }) => data["changed"]), [["0"], ["1"], ["2"]]);
    });
  });
});

Deno.test("an edge that Postgres hung up on is told again before long", async () => {
  await withStream(async ({ connection, events, next }) => {
    await withOutbox(async ({ sql, relay }) => {
      const from = await next();
      const [before, after] = [newId(), newId()];
      relay(connection).start();
      await tellOfUser(sql, before, { verb: "deleted" });
      await until(() => isEmpty(sql), PATIENCE_MS);
      const { count } = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query ilike 'listen%'`;
      assert.equal(count, 1);
      await tellOfUser(sql, after, { verb: "deleted" });
      await until(() => isEmpty(sql), PATIENCE_MS);
      const told = await events(
        from,
        ({ data }) => [before, after].includes(String(data["user_id"])),
      );
      assert.equal(told.length, 2);
    });
  });
});

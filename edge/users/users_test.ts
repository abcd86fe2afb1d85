/** Changes of an account that meet each other, and sessions that come and go meanwhile, on a real Postgres. */
import assert from "node:assert/strict";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { Accounts, type Grant, RefreshTokens, releaseNames } from "../auth/testing/mod.ts";
import { type User, Users } from "./users.ts";

interface Parts {
  readonly sql: Sql;
  readonly users: Users;
  readonly tokens: RefreshTokens;
  /** A new account with one session. */
  readonly somebody: (name: string) => Promise<{ readonly user: User; readonly grant: Grant }>;
}

async function withUsers(run: (parts: Parts) => Promise<void>): Promise<void> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  await using database = await scratchDatabase(server);
  const sql = connectPostgres(database.url, { name: "test", max: 8 });
  const users = new Users(sql);
  const options = {
    sql,
    secret: "secret",
    lifetimeSeconds: 60,
    sessionSeconds: 600,
    graceSeconds: 10,
  };
  const tokens = new RefreshTokens(options);
  const somebody: Parts["somebody"] = async (name) => {
    const account = await new Accounts(sql).create(name, "hash");
    assert.ok(account);
    const grant = await tokens.issue(account);
    const user = await users.byId(account.id);
    assert.ok(grant && user);
    return { user, grant };
  };
  try {
    await run({ sql, users, tokens, somebody });
  } finally {
    await sql.end();
  }
}

const STRICT = { answerTwins: false };

Deno.test("logins and exchanges of tokens that meet a deletion leave no session, and nobody fails", async () => {
  await withUsers(async ({ sql, users, tokens, somebody }) => {
    for (let i = 0; i < 25; i++) {
      const { user, grant } = await somebody(`ana${i}`);
      const second = await tokens.issue(user);
      assert.ok(second);
      await Promise.all([
        tokens.rotate(grant.token, STRICT),
        tokens.issue(user),
        users.remove(user, 60),
        tokens.rotate(second.token, STRICT),
        tokens.issue(user),
      ]);
      const [row] = await sql`
        select (select count(*)::int from refresh_tokens) as tokens,
          (select count(*)::int from account_outbox where verb = 'created' and session_id is not null)
          as begun,
          (select count(*)::int from account_outbox where verb = 'invalidated') as over,
          (select verb from account_outbox where user_id = ${user.id}
           order by position desc limit 1) as last`;
      assert.equal(row?.["tokens"], 0);
      assert.equal(row?.["begun"], row?.["over"], "every session that began is told to be over");
      assert.equal(row?.["last"], "deleted");
    }
  });
});

Deno.test("a change of name and password that meets exchanges of tokens ends all other sessions", async () => {
  await withUsers(async ({ sql, users, tokens, somebody }) => {
    for (let i = 0; i < 25; i++) {
      const { user, grant } = await somebody(`ben${i}`);
      const second = await tokens.issue(user);
      assert.ok(second);
      const changes = { username: `cleo${i}`, passwordHash: `new${i}` };
      const [changed] = await Promise.all([
        users.change(user, { changes, sessionId: grant.sessionId }),
        tokens.rotate(second.token, STRICT),
        tokens.rotate(grant.token, STRICT),
        tokens.issue(user),
      ]);
      assert.equal(changed.kind, "changed");
      const live = await sql<{ family_id: string }[]>`
        select family_id from refresh_tokens
        where user_id = ${user.id} and rotated_at is null and revoked_at is null`;
      assert.deepEqual(live.map(({ family_id }) => family_id), [grant.sessionId]);
    }
  });
});

Deno.test("of changes and deletions of what an account was, one counts", async () => {
  await withUsers(async ({ users, somebody }) => {
    const { user } = await somebody("dora");
    const [first, second, removed] = await Promise.all([
      users.change(user, { changes: { passwordHash: "a" }, sessionId: "s" }),
      users.change(user, { changes: { passwordHash: "b" }, sessionId: "s" }),
      users.remove(user, 60),
    ]);
    const counted = [first.kind === "changed", second.kind === "changed", removed !== undefined];
    assert.equal(counted.filter(Boolean).length, 1);
    assert.equal(await users.byId(user.id) === undefined, removed !== undefined);
  });
});

Deno.test("who signs up with a name, or takes it, while its account is being deleted does not get it", async () => {
  await withUsers(async ({ sql, users, somebody }) => {
    const accounts = new Accounts(sql);
    for (let i = 0; i < 25; i++) {
      const [{ user }, { user: other, grant }] = [
        await somebody(`eve${i}`),
        await somebody(`fay${i}`),
      ];
      const { username } = user;
      const [, born, changed] = await Promise.all([
        users.remove(user, 60),
        accounts.create(username, "hash"),
        users.change(other, { changes: { username }, sessionId: grant.sessionId }),
      ]);
      assert.equal(born, undefined);
      assert.equal(changed.kind, "taken");
      assert.equal((await users.byId(other.id))?.username, other.username);
      assert.ok(await accounts.isTaken(username));
      const told = await sql`
        select from account_outbox where verb = 'created' and session_id is null`;
      assert.equal(told.length, 2 * (i + 1), "no account is told of that there is not");
    }
  });
});

Deno.test("names are reserved until their time is over, and again when the next account of a name is deleted", async () => {
  await withUsers(async ({ sql, users, somebody }) => {
    const accounts = new Accounts(sql);
    const names = ["gus", "hal", "ida"];
    for (const name of names) await users.remove((await somebody(name)).user, 60);
    await sql`update reserved_names set free_at = now() where username <> 'ida'`;
    const { user } = await somebody("gus");
    await users.remove(user, 60);
    await releaseNames(sql, 1);
    const kept = await sql<{ username: string }[]>`
      select username from reserved_names where free_at > now() order by username`;
    assert.deepEqual(kept.map(({ username }) => username), ["gus", "ida"]);
    const taken = await Promise.all(names.map((name) => accounts.isTaken(name)));
    assert.deepEqual(taken, [true, false, true]);
  });
});

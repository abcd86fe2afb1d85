/** Accounts and refresh tokens against a real Postgres, beyond what HTTP shows. */
import assert from "node:assert/strict";
import { exportJWK, generateKeyPair } from "@panva/jose";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import { Gate, HeadedProblem, RetryLater } from "../http/mod.ts";
import { type Account, Accounts } from "./accounts.ts";
import { formatToken } from "./_refresh_token.ts";
import { hashToken } from "./_token_secrets.ts";
import { KnownNetworks } from "./known_networks.ts";
import { Passwords } from "./passwords.ts";
import { type Grant, RefreshTokens } from "./refresh_tokens.ts";
import { AuthService } from "./service.ts";
import { importSigningKey } from "./signing_keys.ts";
import { AccessTokens } from "./tokens.ts";

const STRICT = { answerTwins: false };

interface TokenTest {
  readonly sql: Sql;
  readonly tokens: RefreshTokens;
  readonly ana: Account;
}

async function issued(tokens: RefreshTokens, account: Account): Promise<Grant> {
  const grant = await tokens.issue(account);
  assert.ok(grant);
  return grant;
}

const OPTIONS = { secret: "test secret", lifetimeSeconds: 60, sessionSeconds: 600 };

/** Runs `test` with a database of its own that holds one account. */
async function withTokens(
  graceSeconds: number,
  test: (parts: TokenTest) => Promise<void>,
): Promise<void> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  await using database = await scratchDatabase(server);
  const sql = connectPostgres(database.url, { name: "test", max: 4 });
  try {
    const ana = await new Accounts(sql).create("ana", "hash");
    assert.ok(ana);
    const tokens = new RefreshTokens({ ...OPTIONS, sql, graceSeconds });
    await test({ sql, tokens, ana });
  } finally {
    await sql.end();
  }
}

Deno.test("without grace a token presented twice is theft and ends the session", async () => {
  await withTokens(0, async ({ tokens, ana }) => {
    const { token, sessionId } = await issued(tokens, ana);
    const first = await tokens.rotate(token, STRICT);
    assert.ok(first.kind === "rotated");
    assert.equal(first.grant.sessionId, sessionId);
    const second = await tokens.rotate(token, STRICT);
    assert.deepEqual(second, { kind: "reused", userId: ana.id, sessionId });
    assert.equal((await tokens.rotate(first.grant.token, STRICT)).kind, "unknown");
  });
});

Deno.test("of parallel rotations exactly one gets a successor, and the session goes on", async () => {
  await withTokens(10, async ({ sql, tokens, ana }) => {
    const { token } = await issued(tokens, ana);
    const rotations = await Promise.all(
      Array.from({ length: 16 }, () => tokens.rotate(token, STRICT)),
    );
    const [winner, ...others] = rotations.filter(({ kind }) => kind === "rotated");
    assert.ok(winner?.kind === "rotated");
    assert.equal(others.length, 0);
    assert.ok(rotations.every(({ kind }) => kind === "rotated" || kind === "raced"));
    assert.equal((await tokens.rotate(winner.grant.token, STRICT)).kind, "rotated");
    const [row] = await sql`select count(*)::int as all,
      count(*) filter (where rotated_at is null)::int as live from refresh_tokens`;
    assert.deepEqual({ ...row }, { all: 3, live: 1 });
  });
});

Deno.test("the tabs of one browser that race get the same successor", async () => {
  await withTokens(10, async ({ sql, tokens, ana }) => {
    const { token } = await issued(tokens, ana);
    const rotations = await Promise.all(
      Array.from({ length: 8 }, () => tokens.rotate(token, { answerTwins: true })),
    );
    const successors = new Set(
      rotations.map((rotation) => rotation.kind === "rotated" && rotation.grant.token),
    );
    assert.equal(successors.size, 1);
    assert.ok(!successors.has(false));
    const [row] = await sql`select count(*)::int as all from refresh_tokens`;
    assert.equal(row?.["all"], 2);
  });
});

Deno.test("tabs that race while the signing key is changed get the successor that was stored, or none", async () => {
  await withTokens(10, async ({ tokens, ana }) => {
    const { token } = await issued(tokens, ana);
    const first = await tokens.rotate(token, { answerTwins: true });
    tokens.useSecret("next secret");
    // Keys that are read again unchanged are no change.
    tokens.useSecret("next secret");
    assert.deepEqual(await tokens.rotate(token, { answerTwins: true }), first);
    tokens.useSecret("secret after that");
    assert.deepEqual(await tokens.rotate(token, { answerTwins: true }), { kind: "raced" });
    assert.ok(first.kind === "rotated");
    assert.equal((await tokens.rotate(first.grant.token, STRICT)).kind, "rotated");
  });
});

Deno.test("a logout during rotations leaves no live token behind", async () => {
  await withTokens(10, async ({ sql, tokens, ana }) => {
    for (let i = 0; i < 20; i++) {
      const { token } = await issued(tokens, ana);
      await Promise.all([
        tokens.rotate(token, STRICT),
        tokens.revoke(token),
        tokens.rotate(token, STRICT),
      ]);
      const [row] = await sql`select count(*)::int as live from refresh_tokens
        where rotated_at is null and revoked_at is null`;
      assert.equal(row?.["live"], 0);
    }
  });
});

Deno.test("an expired token is nobody's, is removed in time, and is stored as a hash only", async () => {
  await withTokens(10, async ({ sql, tokens, ana }) => {
    const { token } = await issued(tokens, ana);
    const [row] = await sql`select * from refresh_tokens`;
    assert.equal(JSON.stringify(row).includes(token), false);
    await sql`update refresh_tokens set expires_at = now() - interval '2 days'`;
    assert.equal((await tokens.rotate(token, STRICT)).kind, "unknown");
    await tokens.removeExpired();
    assert.equal((await sql`select 1 from refresh_tokens`).length, 0);
  });
});

Deno.test("however many tokens have expired, all are removed, by several edges at once too, and each session is over once", async () => {
  await withTokens(10, async ({ sql, tokens, ana }) => {
    const { token: kept } = await issued(tokens, ana);
    await sql`
      insert into refresh_tokens (token_id, user_id, family_id, token_hash, expires_at, rotated_at)
      select 'old-' || n, ${ana.id}, 'family-' || n % 50, sha256(n::text::bytea),
             now() - interval '2 days', case when n < 50 then null else now() end
      from generate_series(0, 499) n`;
    await Promise.all([tokens.removeExpired(20), tokens.removeExpired(20)]);
    assert.equal((await sql`select 1 from refresh_tokens`).length, 1);
    const told = await sql`select session_id from account_outbox where verb = 'invalidated'`;
    assert.equal(told.length, 50);
    assert.equal((await tokens.rotate(kept, STRICT)).kind, "rotated");
  });
});

Deno.test("of a session that goes on the tokens of the last hour are kept; an earlier one ends it all the same, or signs out", async () => {
  for (const act of ["rotate", "revoke"] as const) {
    await withTokens(10, async ({ sql, tokens, ana }) => {
      const [first, other] = [await issued(tokens, ana), await issued(tokens, ana)];
      let last = first;
      for (let exchanges = 0; exchanges < 20; exchanges++) {
        const rotation = await tokens.rotate(last.token, STRICT);
        assert.ok(rotation.kind === "rotated");
        last = rotation.grant;
        await sql`update refresh_tokens set rotated_at = rotated_at - interval '10 minutes'`;
      }
      const kept = await sql`select 1 from refresh_tokens where family_id = ${first.sessionId}`;
      assert.ok(kept.length <= 8, `${kept.length} rows`);
      const session = { userId: ana.id, sessionId: first.sessionId };
      if (act === "rotate") {
        assert.deepEqual(await tokens.rotate(first.token, STRICT), { kind: "reused", ...session });
      } else {
        assert.deepEqual(await tokens.revoke(first.token), session);
      }
      assert.equal((await tokens.rotate(last.token, STRICT)).kind, "unknown");
      assert.equal((await tokens.rotate(first.token, STRICT)).kind, "unknown");
      assert.equal((await tokens.rotate(other.token, STRICT)).kind, "rotated");
    });
  }
});

Deno.test("a session whose tokens do not name it goes on, keeps them all, and is ended by a theft", async () => {
  await withTokens(0, async ({ sql, tokens, ana }) => {
    const { token, sessionId } = await issued(tokens, ana);
    const old = token.slice(22);
    await sql`update refresh_tokens set token_hash = ${await hashToken(old)}`;
    assert.equal((await tokens.rotate(token, STRICT)).kind, "reused", "it is not kept");
    await sql`update refresh_tokens set revoked_at = null`;
    let last = old;
    for (let exchanges = 0; exchanges < 5; exchanges++) {
      const rotation = await tokens.rotate(last, STRICT);
      assert.ok(rotation.kind === "rotated");
      assert.equal(rotation.grant.token.length, old.length);
      last = rotation.grant.token;
      await sql`update refresh_tokens set rotated_at = rotated_at - interval '1 hour'`;
    }
    assert.equal((await sql`select 1 from refresh_tokens`).length, 6);
    assert.deepEqual(await tokens.rotate(old, STRICT), {
      kind: "reused",
      userId: ana.id,
      sessionId,
    });
    assert.equal((await tokens.rotate(last, STRICT)).kind, "unknown");
  });
});

Deno.test("a token that was never given out ends no session but one whose id it names", async () => {
  await withTokens(10, async ({ tokens, ana }) => {
    const { token } = await issued(tokens, ana);
    const stranger = crypto.randomUUID();
    for (const made of [token.slice(22), formatToken(stranger, new Uint8Array(32)), "x", ""]) {
      assert.equal((await tokens.rotate(made, STRICT)).kind, "unknown");
      assert.equal(await tokens.revoke(made), undefined);
    }
    assert.equal((await tokens.rotate(token, STRICT)).kind, "rotated");
  });
});

Deno.test("of a session that is over one token is kept, and none of them is of use", async () => {
  await withTokens(0, async ({ sql, tokens, ana }) => {
    const grants = [await issued(tokens, ana)];
    for (let exchanges = 0; exchanges < 9; exchanges++) {
      const last = await tokens.rotate(grants.at(-1)?.token ?? "", STRICT);
      assert.ok(last.kind === "rotated");
      grants.push(last.grant);
    }
    assert.equal((await sql`select 1 from refresh_tokens`).length, 10);
    await tokens.revoke(grants.at(-1)?.token ?? "");
    const left = await sql`select rotated_at, revoked_at from refresh_tokens`;
    assert.equal(left.length, 1);
    assert.ok(left[0]?.["rotated_at"] === null && left[0]["revoked_at"] !== null);
    for (const { token } of grants) {
      assert.equal((await tokens.rotate(token, STRICT)).kind, "unknown");
    }
  });
});

Deno.test("who signs in with a password that is replaced meanwhile gets no session", async () => {
  await withTokens(10, async ({ sql, tokens, ana }) => {
    let login: Promise<Grant | undefined> | undefined;
    await sql.begin(async (transaction) => {
      await transaction`update users set password_hash = 'new' where id = ${ana.id}`;
      login = tokens.issue(ana);
      await transaction`select pg_sleep(0.1)`;
    });
    assert.equal(await login, undefined);
    assert.equal((await sql`select 1 from refresh_tokens`).length, 0);
    assert.equal(await new Accounts(sql).replaceHash(ana, "newer"), false);
    assert.ok(await tokens.issue({ ...ana, passwordHash: "new" }));
  });
});

Deno.test("a session that is kept up is over on its last day all the same", async () => {
  await withTokens(10, async ({ sql, tokens, ana }) => {
    const { token } = await issued(tokens, ana);
    const brief = new RefreshTokens({ ...OPTIONS, sql, sessionSeconds: 30, graceSeconds: 10 });
    const rotation = await brief.rotate(token, STRICT);
    assert.ok(rotation.kind === "rotated");
    const [row] = await sql`select extract(epoch from expires_at - now())::float as seconds
      from refresh_tokens where rotated_at is null`;
    assert.ok(row?.["seconds"] > 20 && row?.["seconds"] <= 30.1, `${row?.["seconds"]} s left`);
    const over = new RefreshTokens({ ...OPTIONS, sql, sessionSeconds: 0, graceSeconds: 10 });
    const last = await over.rotate(rotation.grant.token, STRICT);
    assert.ok(last.kind === "rotated");
    assert.equal((await over.rotate(last.grant.token, STRICT)).kind, "unknown");
  });
});

const client = { userAgent: null, network: "203.0.113.0/24" };

async function serviceOf(
  { sql, tokens, accounts }: Pick<TokenTest, "sql" | "tokens"> & { readonly accounts: Accounts },
): Promise<AuthService> {
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const key = await importSigningKey(JSON.stringify(await exportJWK(privateKey)));
  return new AuthService({
    sql,
    accounts,
    networks: new KnownNetworks({ sql, accounts, secret: key.secret }),
    refreshTokens: tokens,
    accessTokens: new AccessTokens({ key, issuer: "t", audience: "t", lifetimeSeconds: 60 }),
    passwords: new Passwords({
      gate: new Gate({ concurrency: 1, queue: 10, detail: "Full" }),
      refuseCommon: true,
    }),
    announceEnd: () => {},
  });
}

/** Accounts whose store goes away before it can say that one was made. */
class SilentAccounts extends Accounts {
  override async create(username: string, passwordHash: string): Promise<Account | undefined> {
    await super.create(username, passwordHash);
    throw new RetryLater({ code: "unavailable", detail: "Send the same request again" }, 1);
  }
}

Deno.test("a registration that was given up says to sign in, which works when the account was made", async () => {
  await withTokens(10, async ({ sql, tokens }) => {
    const credentials = { username: "ben", password: "correct horse battery" };
    const silent = await serviceOf({ sql, tokens, accounts: new SilentAccounts(sql) });
    await assert.rejects(silent.register(credentials, client), (error) => {
      assert.ok(error instanceof HeadedProblem);
      assert.equal(error.problem.code, "unavailable");
      assert.match(error.problem.detail, /not known whether this account was made.* sign in/);
      assert.deepEqual(error.headers, { "retry-after": "1" });
      return true;
    });
    const service = await serviceOf({ sql, tokens, accounts: new Accounts(sql) });
    assert.ok(await service.login(credentials, client));
    await assert.rejects(service.register(credentials, client), /is taken/);
  });
});

Deno.test("a hash made at another cost is replaced when its owner signs in", async () => {
  await withTokens(10, async ({ sql, tokens }) => {
    const accounts = new Accounts(sql);
    // Made with the reference implementation: password "password", salt "somesalt".
    const old =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    await accounts.create("ben", old);
    const service = await serviceOf({ sql, tokens, accounts });
    const credentials = { username: "ben", password: "password" };
    await assert.rejects(
      service.login({ ...credentials, password: "passwore" }, client),
    );
    assert.equal((await accounts.byName("ben"))?.passwordHash, old);
    await service.login(credentials, client);
    const renewed = (await accounts.byName("ben"))?.passwordHash ?? "";
    assert.match(renewed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await service.login(credentials, client);
    assert.equal((await accounts.byName("ben"))?.passwordHash, renewed);
  });
});

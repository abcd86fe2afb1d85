/** How deleted accounts leave their groups when things go wrong, on a real Postgres without a group host. */
import assert from "node:assert/strict";
import { connectPostgres, type Sql } from "../../actors/platform/mod.ts";
import type { Command } from "../../actors/protocol/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import type { Mailbox, Sent } from "../commands/mod.ts";
import { Deletions } from "./deletions.ts";
import { Departures } from "./departures.ts";

const DONE: Sent = { kind: "committed", replayed: false, version: 9, body: new Uint8Array() };
const NOT_THERE: Sent = {
  kind: "rejected",
  problem: { code: "not-found", detail: "Group does not exist" },
};

async function withDatabase(run: (sql: Sql) => Promise<void>): Promise<void> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  await using database = await scratchDatabase(server);
  const sql = connectPostgres(database.url, { name: "test", max: 4 });
  try {
    await run(sql);
  } finally {
    await sql.end();
  }
}

/** Groups as the read model shows them: per group its members in the order of joining, with roles. */
async function fill(sql: Sql, groups: Record<string, Record<string, string>>): Promise<void> {
  for (const [id, members] of Object.entries(groups)) {
    await sql`insert into groups (id, name, created_by, created_at, version)
      values (${id}, ${id}, 'x', now(), 1)`;
    let joined = 0;
    for (const [user, role] of Object.entries(members)) {
      await sql`insert into group_members (group_id, user_id, role, added_at, version)
        values (${id}, ${user}, ${role}, now() + make_interval(secs => ${joined++}), 1)`;
      if (user === "gone") continue;
      await sql`insert into users (id, username, password_hash)
        values (${user}, ${user}, 'hash') on conflict do nothing`;
    }
  }
}

async function note(sql: Sql, options: { readonly settled: boolean }): Promise<void> {
  const seconds = options.settled ? -1 : 3600;
  await sql`insert into account_deletions (user_id, settled_at)
    values ('gone', now() + make_interval(secs => ${seconds}))`;
}

/** An edge's part of the work; what it sends is answered by `answer` and kept. */
function edgeOf(sql: Sql, answer: (command: Command) => Sent | Promise<Sent> = () => DONE) {
  const sent: Command[] = [];
  const mailbox: Mailbox = {
    send: async (command) => {
      sent.push(command);
      return await answer(command);
    },
  };
  return { sent, mailbox, departures: new Departures({ deletions: new Deletions(sql), mailbox }) };
}

const due = (sql: Sql) => sql`update account_deletions set next_try_at = now()`;

Deno.test("an owner's heir is an admin before a member, and nobody who is deleted too", async () => {
  await withDatabase(async (sql) => {
    await fill(sql, {
      a: { gone: "owner", ben: "member", cleo: "admin", dora: "admin" },
      b: { gone: "owner", ben: "member", dora: "member" },
      c: { gone: "owner" },
      d: { ben: "owner", gone: "member" },
    });
    await sql`delete from users where id = 'ben'`;
    const groups = await new Deletions(sql).groupsOf("gone");
    assert.deepEqual(groups.map((group) => ({ ...group })), [
      { group_id: "a", role: "owner", heir: "cleo" },
      { group_id: "b", role: "owner", heir: "dora" },
      { group_id: "c", role: "owner", heir: null },
      { group_id: "d", role: "member", heir: null },
    ]);
  });
});

Deno.test("what an edge leaves half done when it dies, another finishes", async () => {
  await withDatabase(async (sql) => {
    await fill(sql, { a: { gone: "member" }, b: { gone: "member" } });
    await note(sql, { settled: true });
    const dead = edgeOf(sql, () => Promise.reject(new Error("killed")));
    await assert.rejects(dead.departures.workOff(), /killed/);
    const heir = edgeOf(sql, ({ group_id }) => group_id === "a" ? NOT_THERE : DONE);
    await heir.departures.workOff();
    assert.equal(heir.sent.length, 0, "the other one may be at it still");
    await due(sql);
    await heir.departures.workOff();
    assert.deepEqual(heir.sent.map(({ group_id, actor, type }) => [group_id, actor, type]), [
      ["a", "gone", "member.remove"],
      ["b", "gone", "member.remove"],
    ]);
    assert.equal((await sql`select 1 from account_deletions`).length, 1, "seen to be out first");
    await sql`delete from group_members`;
    await due(sql);
    await heir.departures.workOff();
    assert.equal((await sql`select 1 from account_deletions`).length, 0);
  });
});

Deno.test("an account is looked after until it can join no more groups", async () => {
  await withDatabase(async (sql) => {
    await note(sql, { settled: false });
    const { departures, sent } = edgeOf(sql);
    await departures.workOff();
    const [row] = await sql`select tries, next_try_at > now() as later from account_deletions`;
    assert.deepEqual({ ...row }, { tries: 1, later: true });
    // It was made with a token that was still valid, or was not projected yet.
    await fill(sql, { late: { gone: "owner" } });
    await due(sql);
    await departures.workOff();
    assert.deepEqual(sent.map(({ group_id, type }) => [group_id, type]), [[
      "late",
      "group.delete",
    ]]);
  });
});

Deno.test("an account is looked after as long as somebody may restore a group with it, and leaves that too", async () => {
  await withDatabase(async (sql) => {
    await note(sql, { settled: true });
    await fill(sql, { back: { ben: "owner", gone: "member" }, own: { gone: "owner" } });
    await sql`update groups set deleted_at = now() - interval '29 days'`;
    const { departures, sent } = edgeOf(sql);
    const look = async () => {
      await due(sql);
      await departures.workOff();
      return (await sql`select 1 from account_deletions`).length;
    };
    assert.equal(await look(), 1);
    assert.equal(sent.length, 0);
    await sql`update groups set deleted_at = null where id = 'back'`;
    assert.equal(await look(), 1);
    assert.deepEqual(sent.map(({ group_id, type }) => [group_id, type]), [[
      "back",
      "member.remove",
    ]]);
    await sql`update groups set deleted_at = now() - interval '32 days' where id = 'back'`;
    assert.equal(await look(), 0, "nobody can restore it any more");
  });
});

Deno.test("several edges never look after one account at the same time", async () => {
  await withDatabase(async (sql) => {
    for (let i = 0; i < 12; i++) {
      await sql`insert into account_deletions (user_id, settled_at)
        values (${`gone${i}`}, now() - interval '1 second')`;
    }
    await fill(sql, {
      a: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`gone${i}`, "member"])),
    });
    const edges = Array.from({ length: 3 }, () => edgeOf(sql));
    await Promise.all(edges.map(({ departures }) => departures.workOff()));
    const actors = edges.flatMap(({ sent }) => sent.map(({ actor }) => actor));
    assert.equal(actors.length, 12);
    assert.equal(new Set(actors).size, 12);
  });
});

Deno.test("an edge looks by itself, is woken by a deletion, and stops when told to", async () => {
  await withDatabase(async (sql) => {
    await fill(sql, { a: { gone: "member" } });
    const { departures, sent } = edgeOf(sql, async () => {
      await sql`delete from group_members`;
      return DONE;
    });
    departures.wake();
    await note(sql, { settled: true });
    departures.wake();
    for (let i = 0; i < 100 && (await sql`select 1 from account_deletions`).length > 0; i++) {
      await sql`select pg_sleep(0.05)`;
    }
    await departures.stop();
    assert.equal(sent.length, 1);
    assert.equal((await sql`select 1 from account_deletions`).length, 0);
  });
});

Deno.test("without an account to look after there is nothing to do until the next look, and it is rested till then", async () => {
  await withDatabase(async (sql) => {
    const deletions = new Deletions(sql);
    let looks = 0;
    const counted = Object.assign(Object.create(deletions), {
      take: () => {
        looks++;
        return deletions.take();
      },
      nextInMs: () => deletions.nextInMs(),
    }) as Deletions;
    assert.equal(await deletions.nextInMs(), undefined);
    const departures = new Departures({ deletions: counted, mailbox: edgeOf(sql).mailbox });
    departures.wake();
    await sql`select pg_sleep(0.3)`;
    await departures.stop();
    assert.equal(looks, 1);
    await note(sql, { settled: true });
    assert.equal(await deletions.nextInMs(), 0);
  });
});

/** Pages of a list of groups, in a real Postgres. */
import assert from "node:assert/strict";
import { connectPostgres } from "../../actors/platform/mod.ts";
import { scratchDatabase } from "../../dev/mod.ts";
import type { GroupPageEnd } from "./group_cursor.ts";
import { listGroups } from "./groups.ts";

Deno.test("pages of any size have every group of the user once, also those made in the same moment", async () => {
  const server = Deno.env.get("TEST_DATABASE_URL");
  assert.ok(server, "TEST_DATABASE_URL names the Postgres for tests");
  await using database = await scratchDatabase(server);
  const sql = connectPostgres(database.url, { name: "test", max: 2 });
  try {
    const moments = ["00:00:00.000001", "00:00:00.000002", "00:00:01", "00:00:01", "00:00:01"];
    const made = moments.map((time, i) => ({
      id: `g${i}`,
      name: `Group ${i}`,
      created_by: "ana",
      created_at: `2026-11-22 ${time}+00`,
      version: 1,
    }));
    await sql`insert into groups ${sql(made)}`;
    const members = made.map(({ id, created_at }) => ({
      group_id: id,
      user_id: "ana",
      role: "owner",
      added_at: created_at,
      version: 1,
    }));
    await sql`insert into group_members ${sql(members)}`;
    const all = await listGroups(sql, { userId: "ana" });
    assert.deepEqual(all.groups.map((group) => group.group_id), ["g4", "g3", "g2", "g1", "g0"]);
    assert.equal(all.end, undefined);
    for (const limit of [1, 2, 3, 4, 5, 6]) {
      const seen: string[] = [];
      let after: GroupPageEnd | undefined;
      do {
        const page = await listGroups(sql, { userId: "ana", limit, after });
        assert.ok(page.groups.length > 0 && page.groups.length <= limit, `limit ${limit}`);
        seen.push(...page.groups.map((group) => group.group_id));
        after = page.end;
      } while (after);
      assert.deepEqual(seen, ["g4", "g3", "g2", "g1", "g0"], `limit ${limit}`);
    }
    assert.deepEqual(await listGroups(sql, { userId: "ben", limit: 2 }), {
      groups: [],
      end: undefined,
    });
  } finally {
    await sql.end();
  }
});

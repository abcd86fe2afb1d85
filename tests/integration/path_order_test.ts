/** Concurrency through the whole path: every todo ends as its last command said, in every table. */
import assert from "node:assert/strict";
import { connectNats, connectPostgres } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { audit } from "../support/audit.ts";
import { Http, inParallel, User } from "../support/edge_user.ts";
import { setting } from "../support/eventually.ts";

const GROUPS = 20;
const TODOS = 3_000;
const CALLERS = 64;

Deno.test("create, update, update for 3,000 todos over 20 groups at once: 3,000 right final states", async () => {
  using http = new Http(setting("TEST_EDGE_URL"));
  const connection = await connectNats({ url: setting("TEST_NATS_URL"), name: "test" });
  const sql = connectPostgres(setting("TEST_DATABASE_URL"), { name: "test", max: 2 });
  try {
    const owners = await Promise.all(
      Array.from({ length: GROUPS }, async (_, i) => {
        const user = await User.register(http, `order${i}`);
        return { user, groupId: await user.createGroup(`Order ${i}`) };
      }),
    );
    const expected = new Map<string, string>();
    await inParallel(Array(TODOS).keys(), CALLERS, async (i) => {
      const owner = owners[i % GROUPS];
      assert(owner);
      const { user, groupId } = owner;
      const todo_id = newId();
      const title = (round: string) => `Todo ${i}, ${round}`;
      const create = { type: "todo.create", payload: { todo_id, title: title("new") } } as const;
      const update = (round: string) =>
        ({ type: "todo.update", payload: { todo_id, title: title(round) } }) as const;
      for (const command of [create, update("first"), update("last")]) {
        assert.equal((await user.commit(groupId, command)).outcome, "committed");
      }
      expected.set(todo_id, title("last"));
    });
    await audit({
      connection,
      sql,
      history: owners.flatMap(({ user }) => user.history),
      groupIds: owners.map(({ groupId }) => groupId),
    });
    const rows = await sql<{ todo_id: string; title: string }[]>`
      select todo_id, title from todos
      where group_id = any(${owners.map(({ groupId }) => groupId)}) and deleted_at is null`;
    assert.deepEqual(new Map(rows.map((row) => [row.todo_id, row.title])), expected);
    assert.equal(rows.length, TODOS);
  } finally {
    await sql.end();
    await connection.close();
  }
});

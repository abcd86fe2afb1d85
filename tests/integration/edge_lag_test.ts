/** What is told while the read model does not get on: commands are decided, and no projector runs. */
import assert from "node:assert/strict";
import { post, tokenOf, withEdge } from "./_edge_process.ts";
import { startHostProcess } from "./_host_process.ts";

interface Made {
  readonly url: string;
  readonly token: string;
}

async function withoutProjector(run: (made: Made) => Promise<void>): Promise<void> {
  await withEdge(async ({ url, nats }) => {
    await using _host = await startHostProcess(nats.url);
    await run({ url, token: await tokenOf(url) });
  });
}

async function get(
  { url, token }: Made,
  path: string,
): Promise<{ status: number; ms: number; text: string; stale: string | null }> {
  const startedAt = performance.now();
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  const text = await answer.text();
  const stale = answer.headers.get("stale-groups");
  return { status: answer.status, ms: performance.now() - startedAt, text, stale };
}

Deno.test("lists are answered without what its author cannot be shown yet, and say so; that is waited for once", () =>
  withoutProjector(async (made) => {
    const { url, token } = made;
    const { status, body } = await post(`${url}/api/v1/groups`, { name: "Stuck" }, token);
    assert.equal(status, 201);
    const first = await get(made, "/api/v1/groups");
    assert.deepEqual([first.status, first.text, first.stale], [200, '{"groups":[]}', body.id]);
    for (const path of ["/api/v1/groups", "/ui/workspace", "/api/tasks"]) {
      const next = await get(made, path);
      assert.deepEqual([next.status, next.stale], [200, body.id], next.text);
      assert.ok(next.ms < 1_000, `${next.ms} ms`);
    }
    assert.equal((await get(made, `/api/v1/groups/${body.id}`)).status, 503);
    const other = { url, token: await tokenOf(url) };
    assert.equal((await get(other, "/api/v1/groups")).stale, null);
  }));

Deno.test("a task of Taskboard that is stored is answered by what was stored", () =>
  withoutProjector(async ({ url, token }) => {
    const task = { title: "Order flowers", description: "Red ones", board_id: 4 };
    const { status, body } = await post(`${url}/api/tasks`, task, token);
    assert.equal(status, 201, JSON.stringify(body));
    const { created_at, updated_at, ...rest } = body as unknown as Record<string, object>;
    assert.deepEqual(rest, {
      id: 1,
      board_id: 4,
      title: task.title,
      description: task.description,
      created_by: 1,
    });
    assert.deepEqual(created_at, updated_at);
  }));

/** Quotas of users: one for all edges, whichever is asked, and one for all routes that tell who has a name. */
import assert from "node:assert/strict";
import { connectPostgres } from "../../actors/platform/mod.ts";
import { post, posted, status, tokenOf, withEdge, withThreeEdges } from "./_edge_process.ts";

const LIMIT = 300;
const ASKED = 900;
const CALLERS = 12;

Deno.test("three edges together let through a user's quota, within five percent, and say when to come back", () =>
  withThreeEdges(async (urls) => {
    const headers = { authorization: `Bearer ${await tokenOf(urls[0] ?? "")}` };
    const startedAt = performance.now();
    const answers: number[] = [];
    let asked = 0;
    await Promise.all(Array.from({ length: CALLERS }, async () => {
      while (asked < ASKED) {
        const answer = await fetch(`${urls[asked++ % urls.length]}/api/v1/groups`, { headers });
        await answer.body?.cancel();
        answers.push(answer.status);
        if (answer.status === 429) assert.ok(Number(answer.headers.get("retry-after")) > 0);
      }
    }));
    const allowed = answers.filter((one) => one === 200).length;
    assert.equal(answers.filter((one) => one === 429).length, answers.length - allowed);
    const refilled = LIMIT * (performance.now() - startedAt) / 60_000;
    assert.ok(
      allowed >= LIMIT && allowed <= 1.05 * (LIMIT + refilled),
      `${allowed} were allowed`,
    );
  }, { RATE_LIMIT_READS: `${LIMIT}` }));

Deno.test("an edge that starts knows of quotas that are used up", () =>
  withThreeEdges(async ([url = ""], startAnother) => {
    const headers = { authorization: `Bearer ${await tokenOf(url)}` };
    const ask = (edge: string) => status(`${edge}/api/v1/groups`, { headers });
    /** Asks until it is refused; answers how often it was not. */
    const useUp = async (edge: string) => {
      for (let n = 0;; n++) if (await ask(edge) === 429) return n;
    };
    assert.ok(await useUp(url) >= LIMIT);
    const startedAt = performance.now();
    const another = await startAnother();
    const allowed = await useUp(another);
    const refilled = LIMIT * (performance.now() - startedAt) / 60_000;
    assert.ok(allowed <= refilled + LIMIT * 0.05, `${allowed} were allowed`);
  }, { RATE_LIMIT_READS: `${LIMIT}` }));

Deno.test("whoever asks for names, by whichever route, is stopped after as many as the quota has", () =>
  withEdge(async ({ url, databaseUrl }) => {
    const password = "correct horse";
    const { body } = await post(`${url}/api/v1/auth/register`, { username: "ana", password });
    const sql = connectPostgres(databaseUrl, { name: "test", max: 1 });
    try {
      await sql`insert into groups (id, name, created_by, created_at, version)
        values ('g1', 'Launch', ${body["user_id"] ?? ""}, now(), 1)`;
      await sql`insert into group_members (group_id, user_id, role, added_at, version)
        values ('g1', ${body["user_id"] ?? ""}, 'owner', now(), 1)`;
    } finally {
      await sql.end();
    }
    const ask = async (method: string, path: string, wanted: object) => {
      const init = posted(wanted, { authorization: `Bearer ${body["token"]}` });
      const answer = await fetch(`${url}/api/v1/${path}`, { ...init, method });
      await answer.body?.cancel();
      return answer;
    };
    const members = "groups/g1/members";
    const asked = [
      await ask("POST", members, { username: "ben" }),
      await ask("PATCH", `${members}/role`, { username: "ben", role: "admin" }),
      await ask("PATCH", "users/me", { username: "ana", current_password: password }),
      await ask("POST", members, { username: "no name" }),
    ];
    assert.deepEqual(asked.map(({ status }) => status), [404, 404, 200, 404]);
    const stopped = [
      await ask("POST", members, { username: "ben" }),
      await ask("PATCH", `${members}/role`, { username: "ben", role: "admin" }),
      await ask("PATCH", "users/me", { username: "ben", current_password: password }),
    ];
    for (const { status, headers } of stopped) {
      assert.equal(status, 429);
      assert.ok(Number(headers.get("retry-after")) > 0);
      assert.match(headers.get("ratelimit-policy") ?? "", /^"names";q=4;w=60$/);
    }
    // What tells of nobody goes on.
    assert.equal(
      (await ask("PATCH", "users/me", {
        current_password: password,
        new_password: `${password} two`,
      })).status,
      200,
    );
  }, { RATE_LIMIT_NAMES: "4" }));

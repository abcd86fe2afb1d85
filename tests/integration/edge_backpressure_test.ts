/** Full mailboxes, end to end: who is refused, who is not, and that nothing refused is ever decided. */
import assert from "node:assert/strict";
import { connectNats, pause, readFrom } from "../../actors/platform/mod.ts";
import { decodeCommit, newId } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { post, posted, type Site, status, tokenOf, withEdge } from "./_edge_process.ts";
import { startHostProcess } from "./_host_process.ts";
import { until } from "./_until.ts";

const PATIENCE_MS = 20_000;

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
}

/** Sends commands without waiting for their outcome. */
async function senderOf({ url }: Site) {
  const token = await tokenOf(url);
  return async (command: Record<string, unknown>): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token}`, prefer: "respond-async" };
    const response = await fetch(`${url}/api/v1/command`, posted(command, headers));
    const { code } = await response.json() as { code?: string };
    return { status: response.status, code, retryAfter: response.headers.get("retry-after") };
  };
}

type Send = Awaited<ReturnType<typeof senderOf>>;

/** Makes a group; answers its id. */
async function newGroup(send: Send): Promise<string> {
  const command_id = newId();
  const answer = await send({ command_id, type: "group.create", payload: { name: "Home" } });
  assert.equal(answer.status, 202);
  return command_id;
}

const todo = (group_id: string, title: string, description = "") => ({
  type: "todo.create",
  group_id,
  payload: { title, ...(description ? { description } : {}) },
});

/** Titles of the todos that the group's log has, in order. */
async function decided({ nats }: Site, groupId: string): Promise<string[]> {
  const connection = await connectNats({ url: nats.url, name: "test" });
  const titles: string[] = [];
  const subject = groupSubject("event", groupId);
  for await (const { data } of readFrom(connection, "EV-0", subject, 1)) {
    for (const event of decodeCommit(data)) {
      if (event.type === "com.todo1m.todo.created") titles.push(event.data.todo.title);
    }
  }
  await connection.close();
  return titles;
}

function assertFull(answer: Answer): void {
  assert.deepEqual([answer.status, answer.code], [429, "mailbox-full"]);
  assert.ok(Number(answer.retryAfter) >= 1, `Retry-After: ${answer.retryAfter}`);
}

/** Sends the command `title` names until it is accepted; answers how often it was refused. */
async function untilAccepted(send: Send, groupId: string, title: string): Promise<number> {
  let refused = 0;
  await until(async () => {
    const answer = await send(todo(groupId, title));
    if (answer.status === 429) refused++;
    await pause(50);
    return answer.status === 202;
  }, PATIENCE_MS);
  return refused;
}

Deno.test("a group whose mailbox is full is refused until its commands are worked off, others go on", () =>
  withEdge(
    async (site) => {
      const send = await senderOf(site);
      const [busy, quiet] = [await newGroup(send), await newGroup(send)];
      const accepted: string[] = [];
      for (let i = 1; i <= 40; i++) {
        const answer = await send(todo(busy, `Busy ${i}`));
        if (answer.status === 202) accepted.push(`Busy ${i}`);
        else assertFull(answer);
      }
      assert.equal(accepted.length, 19, "with the command that made the group there are twenty");
      for (let i = 1; i <= 10; i++) {
        assert.equal((await send(todo(quiet, `Quiet ${i}`))).status, 202);
      }
      assertFull(await send(todo(busy, "Busy still")));

      await using _host = await startHostProcess(site.nats.url, { MAILBOX_MAX_PER_GROUP: "20" });
      await untilAccepted(send, busy, "Busy again");
      accepted.push("Busy again");
      await until(async () => (await decided(site, busy)).includes("Busy again"), PATIENCE_MS);
      assert.deepEqual(await decided(site, busy), accepted);
      assert.equal((await decided(site, quiet)).length, 10);
    },
    {},
    { mailboxMaxPerGroup: 20 },
  ));

Deno.test("when the mailboxes are full everybody is refused, until the host has worked them off", () =>
  withEdge(
    async (site) => {
      const send = await senderOf(site);
      const groups = [await newGroup(send), await newGroup(send), await newGroup(send)];
      const accepted = new Map(groups.map((group) => [group, [] as string[]]));
      const large = "x".repeat(4_000);
      let refusals = 0;
      for (let i = 0; i < 60; i++) {
        const group = groups[i % groups.length] ?? "";
        const answer = await send(todo(group, `Todo ${i}`, large));
        if (answer.status === 202) {
          assert.equal(refusals, 0, "once full, full for all");
          accepted.get(group)?.push(`Todo ${i}`);
        } else {
          assertFull(answer);
          refusals++;
        }
      }
      assert.ok(refusals > 20 && refusals < 60, `${refusals} refused`);

      const limits = { MAILBOX_MAX_BYTES: "100000" };
      await using _host = await startHostProcess(site.nats.url, limits);
      for (const [i, group] of groups.entries()) {
        await untilAccepted(send, group, `Again ${i}`);
        accepted.get(group)?.push(`Again ${i}`);
      }
      for (const [i, group] of groups.entries()) {
        await until(async () => (await decided(site, group)).includes(`Again ${i}`), PATIENCE_MS);
        assert.deepEqual(await decided(site, group), accepted.get(group));
      }
    },
    {},
    { mailboxMaxBytes: 100_000 },
  ));

Deno.test("while too many commands wait for their outcome more are refused at once, reads are not, and then they are taken again", () =>
  withEdge(async ({ url, log }) => {
    const token = await tokenOf(url);
    const send = () => post(`${url}/api/v1/command`, todo("g1", "Waiting"), token);
    // Nobody decides them: each waits for its deadline.
    const waiting = Array.from({ length: 3 }, send);
    await pause(200);
    const startedAt = performance.now();
    const refused = await send();
    assert.deepEqual([refused.status, refused.body["code"]], [503, "unavailable"]);
    assert.ok(Number(refused.headers.get("retry-after")) >= 1);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal(await status(`${url}/api/v1/users/me`, { headers }), 200);
    assert.ok(performance.now() - startedAt < 800, "nobody waited for what waits");
    assert.deepEqual((await Promise.all(waiting)).map((answer) => answer.status), [202, 202, 202]);
    assert.equal((await send()).status, 202);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /^tf_commands_shed_total(?:\{.*\})? 1$/m);
    assert.match(log(), /Commands are refused: too many wait for their outcome/);
  }, { COMMANDS_IN_FLIGHT: "3", COMMAND_DEADLINE_MS: "2000" }));

Deno.test("where there is no room for further keys, commands with new ones are refused and all others are taken", () =>
  withEdge(
    async ({ url }) => {
      const token = await tokenOf(url);
      const create = { type: "group.create", payload: { name: "Home" } };
      const send = async (key?: string) => {
        const headers = {
          authorization: `Bearer ${token}`,
          prefer: "respond-async",
          ...(key === undefined ? {} : { "idempotency-key": key }),
        };
        const response = await fetch(`${url}/api/v1/command`, posted(create, headers));
        const { code, command_id } = await response.json() as Record<string, string>;
        return { status: response.status, code, id: command_id };
      };
      const first = await send("first");
      assert.equal(first.status, 202);
      let last = first;
      for (let n = 0; n < 50 && last.status === 202; n++) last = await send(`key ${n}`);
      assert.deepEqual([last.status, last.code], [503, "storage-full"]);
      assert.equal((await send("first")).id, first.id);
      assert.equal((await send()).status, 202);
      const own = newId();
      assert.equal((await send(own)).id, own);
    },
    {},
    { keysMaxBytes: 4_000 },
  ));

Deno.test("a user who has had as many keys as one may is told when there is room again", () =>
  withEdge(async ({ url }) => {
    const token = await tokenOf(url);
    const create = { type: "group.create", payload: { name: "Home" } };
    const send = (key: string) => {
      const headers = { authorization: `Bearer ${token}`, "idempotency-key": key };
      return fetch(
        `${url}/api/v1/command`,
        posted(create, { ...headers, prefer: "respond-async" }),
      );
    };
    const statuses = [];
    for (const key of ["a", "b", "a", "c"]) {
      const answer = await send(key);
      statuses.push(answer.status);
      await answer.body?.cancel();
    }
    assert.deepEqual(statuses, [202, 202, 202, 429]);
    const refused = await send("c");
    assert.ok(Number(refused.headers.get("retry-after")) > 40_000);
    const { code, detail } = await refused.json() as Record<string, string>;
    assert.equal(code, "rate-limited");
    assert.match(detail ?? "", /A UUIDv7 as the key/);
  }, { RATE_LIMIT_KEYS: "2" }));

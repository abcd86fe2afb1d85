/** Poison from end to end: it blocks nobody, and operators see it, replay it and throw it away. */
import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import {
  connectNats,
  connectPostgres,
  createMetrics,
  type NatsConnection,
  recordDeadLetter,
} from "../../actors/platform/mod.ts";
import { projectionMetrics, startProjector } from "../../actors/projection/mod.ts";
import { LogBuilder, newTodo } from "../../actors/projection/testing/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { setting } from "../support/eventually.ts";
import { type Get, type Letter, lettersOf, PATH, untilLetters } from "./_dead_letters.ts";
import { assertProblem, groupOf, send, somebody } from "./_edge_client.ts";
import { withEdge } from "./_edge_process.ts";

const token = Deno.env.get("TEST_OPS_TOKEN") ?? "";
const getFromStack: Get = async (path) => {
  const { status, text } = await send("GET", path, { token });
  assert.equal(status, 200, text);
  return JSON.parse(text);
};

async function withStack(run: (connection: NatsConnection) => Promise<void>): Promise<void> {
  const connection = await connectNats({ url: setting("TEST_NATS_URL"), name: "test" });
  try {
    await run(connection);
  } finally {
    await connection.close();
  }
}

Deno.test("poison blocks nobody; an operator sees it, replays it in vain, and discards it", () =>
  withStack(async (connection) => {
    const owner = await somebody();
    const groupId = await groupOf(owner);
    const subject = groupSubject("command", groupId);
    const poison = JSON.stringify(
      {
        command_id: newId(),
        group_id: groupId,
        actor: owner.userId,
        type: "undo",
        payload: null,
      },
      null,
      1,
    );
    connection.publish(subject, "{ not json");
    connection.publish(subject, poison);
    await connection.flush();
    const others = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        send("POST", "/api/v1/command", {
          token: owner.token,
          body: { type: "todo.create", group_id: groupId, payload: { title: `Todo ${i}` } },
        })),
    );
    assert.deepEqual(new Set(others.map(({ status }) => status)), new Set([201]));

    const [undo, garbage] = await untilLetters(getFromStack, subject, 2);
    assert.ok(undo && garbage);
    assert.match(garbage.reason, /JSON/);
    assert.match(undo.reason, /null/);
    for (const letter of [undo, garbage]) {
      assert.deepEqual([letter.subject, letter.process, letter.tries], [subject, "group-host", 1]);
      assert.match(letter.code_version ?? "", /^\d+$/);
      assert.match(letter.at ?? "", /^actors\/(\w+\/)+\w+\.ts:\d+:\d+$/);
    }
    const shown = await getFromStack(`${PATH}/${undo.sequence}`) as Letter;
    assert.equal(shown.body, poison, "byte for byte");

    for (const letter of [undo, garbage]) {
      const again = await send("POST", `${PATH}/${letter.sequence}/replay`, { token });
      assert.equal(again.status, 200, again.text);
      const { status, problem } = JSON.parse(again.text);
      assert.deepEqual([status, problem.code], ["rejected", "internal"]);
    }
    const renewed = await untilLetters(getFromStack, subject, 2);
    assert.ok(renewed.every(({ sequence }) => sequence > undo.sequence), "they are letters again");

    for (const { sequence } of renewed) {
      assert.equal((await send("DELETE", `${PATH}/${sequence}`, { token })).status, 204);
      assertProblem(await send("DELETE", `${PATH}/${sequence}`, { token }), 404, "not-found");
      assertProblem(await send("GET", `${PATH}/${sequence}`, { token }), 404, "not-found");
    }
    assert.deepEqual(await lettersOf(getFromStack, subject), []);
  }));

Deno.test("a command that can be decided now takes effect when it is replayed, once however often", () =>
  withStack(async (connection) => {
    const owner = await somebody();
    const group_id = await groupOf(owner);
    const subject = groupSubject("command", group_id);
    const command = { command_id: newId(), group_id, actor: owner.userId, type: "todo.create" };
    const data = new TextEncoder().encode(
      JSON.stringify({ ...command, payload: { title: "Decided later" } }),
    );
    for (let sequence = 1; sequence <= 2; sequence++) {
      await recordDeadLetter(connection, {
        subject,
        stream: "CMD-test",
        sequence: Date.now() + sequence,
        data,
        error: new Error("A defect that has been repaired"),
        tries: 1,
        process: "group-host",
      });
    }
    const letters = await lettersOf(getFromStack, subject);
    assert.equal(letters.length, 2);
    for (const { sequence } of letters) {
      const { status, text } = await send("POST", `${PATH}/${sequence}/replay`, { token });
      assert.equal(status, 200, text);
      assert.deepEqual(JSON.parse(text), { sequence, status: "committed", version: 3 });
    }
    assert.deepEqual(await lettersOf(getFromStack, subject), []);
    const list = await send("GET", `/api/v1/todos?group_id=${group_id}&min_version=3`, {
      token: owner.token,
    });
    assert.equal(list.text.split('"Decided later"').length, 2, list.text);
  }));

Deno.test("users have no business with dead letters, whatever their role", async () => {
  const owner = await somebody();
  for (
    const [method, path] of [["GET", ""], ["GET", "/1"], ["POST", "/1/replay"], ["DELETE", "/1"]]
  ) {
    for (const options of [{}, { token: owner.token }, { token: owner.refreshToken }]) {
      const answer = await send(method ?? "", `${PATH}${path}`, options);
      assertProblem(answer, 401, "unauthenticated");
    }
  }
});

Deno.test("an edge without an ops token has no admin API", () =>
  withEdge(async ({ url }) => {
    for (const authorization of ["", "Bearer ", `Bearer ${"0".repeat(40)}`]) {
      const response = await fetch(url + PATH, { headers: { authorization } });
      assert.equal(response.status, 404);
      await response.body?.cancel();
    }
  }));

Deno.test("a log message that could not be projected is projected when it is replayed, or says why not", () => {
  const opsToken = "o".repeat(40);
  return withEdge(async ({ url, nats, databaseUrl }) => {
    const connection = await connectNats({ url: nats.url, name: "test" });
    const sql = connectPostgres(databaseUrl, { name: "test", max: 3 });
    const call = async (method: string, path: string) => {
      const headers = { authorization: `Bearer ${opsToken}` };
      const response = await fetch(url + path, { method, headers });
      const text = await response.text();
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    };
    const get: Get = async (path) => (await call("GET", path)).body;
    try {
      await sql.unsafe(`
        create function refuse() returns trigger language plpgsql as $$
          begin raise exception 'The title is refused' using errcode = '22023'; end $$;
        create trigger refuse before insert on todos for each row execute function refuse()`);
      const log = new LogBuilder();
      log.append("g", "group.created", { name: "Home", columns: [] });
      log.append("g", "todo.created", { todo: newTodo(log, "g", { title: "Refused" }) });
      log.append("g", "group.updated", { changes: { name: { from: "Home", to: "House" } } });
      log.raw(groupSubject("event", "o"), new TextEncoder().encode("garbage"));
      for (const { subject, data } of log.messages) {
        await jetstream(connection).publish(subject, data);
      }
      const metrics = projectionMetrics(createMetrics("test"));
      await using _projector = startProjector({ connection, sql, shard: 0, metrics });

      const letters = await untilLetters(get, "app.event", 2);
      const refused = letters.find(({ subject }) => subject === groupSubject("event", "g"));
      const garbage = letters.find(({ subject }) => subject === groupSubject("event", "o"));
      assert.ok(garbage && refused);
      assert.deepEqual([refused.process, refused.reason], ["projector", "The title is refused"]);
      const replay = (letter: Letter) => call("POST", `${PATH}/${letter.sequence}/replay`);
      for (const letter of [refused, garbage]) {
        const { status, body } = await replay(letter);
        assert.deepEqual([status, body.code], [409, "conflict"], body.detail);
      }
      assert.equal((await lettersOf(get, "app.event")).length, 2, "both are still needed");

      await sql`drop trigger refuse on todos`;
      const { status, body } = await replay(refused);
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(body, { sequence: refused.sequence, status: "projected", version: 3 });
      const titles = await sql`select data ->> 'title' as title from todos where group_id = 'g'`;
      assert.deepEqual(titles.map(({ title }) => title), ["Refused"]);
      const names = await sql`select name from groups where id = 'g'`;
      assert.deepEqual(names.map(({ name }) => name), ["House"]);
      const left = await lettersOf(get, "app.event");
      assert.deepEqual(left.map(({ sequence }) => sequence), [garbage.sequence]);
    } finally {
      await sql.end({ timeout: 1 });
      await connection.close();
    }
  }, { OPS_TOKEN: opsToken });
});

/** The list of a user's sessions, and ending one of them from another. */
import assert from "node:assert/strict";
import { decodeJwt } from "@panva/jose";
import { newId } from "../../actors/protocol/mod.ts";
import {
  type Answer,
  assertProblem,
  groupOf,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";
import { assertStopped, openStream } from "./_open_stream.ts";
import { until } from "./_until.ts";

const PATH = "/api/v1/auth/sessions";

interface Item {
  readonly id: string;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly current: boolean;
  readonly user_agent: string | null;
}

async function sessionsOf(token: string): Promise<Item[]> {
  const answer = await send("GET", PATH, { token });
  assert.equal(answer.status, 200, answer.text);
  return (JSON.parse(answer.text) as { sessions: Item[] }).sessions;
}

function login(person: Person, userAgent: string): Promise<Answer> {
  return send("POST", "/api/v1/auth/login", {
    headers: { "user-agent": userAgent },
    body: { username: person.username, password: person.password },
  });
}

const sessionOf = (token: string) => String(decodeJwt(token)["sid"]);

Deno.test("the sessions of a user are listed, with which one asks and what each client calls itself", async () => {
  const person = await somebody();
  const other = await login(person, `  Browser/1 ${"x".repeat(500)}`);
  const sessions = await sessionsOf(person.token);
  assert.deepEqual(sessions.map(({ id }) => id), [
    sessionOf(other.body.token),
    sessionOf(person.token),
  ]);
  const [newest, own] = sessions;
  assert.ok(newest && own);
  assert.deepEqual([newest.current, own.current], [false, true]);
  assert.equal(newest.user_agent, `Browser/1 ${"x".repeat(190)}`);
  assert.match(own.user_agent ?? "", /^Deno\//);
  assert.deepEqual(Object.keys(own).sort(), [
    "created_at",
    "current",
    "id",
    "last_used_at",
    "user_agent",
  ]);
  for (const { created_at, last_used_at } of sessions) {
    assert.match(created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Date.now() - Date.parse(last_used_at) < 60_000);
  }
});

Deno.test("a session that exchanges its tokens stays the same one and was used since", async () => {
  const person = await somebody();
  const [before] = await sessionsOf(person.token);
  const refreshed = await send("POST", "/api/v1/auth/refresh", {
    headers: { "user-agent": "Browser/2" },
    body: { refresh_token: person.refreshToken },
  });
  const [after, ...others] = await sessionsOf(refreshed.body.token);
  assert.ok(before && after);
  assert.equal(others.length, 0);
  assert.deepEqual([after.id, after.created_at], [before.id, before.created_at]);
  assert.ok(after.last_used_at > before.last_used_at);
  assert.deepEqual([after.current, after.user_agent], [true, "Browser/2"]);
});

Deno.test("ending a session refuses its tokens at once and closes its streams, and no other's", async () => {
  const person = await somebody();
  const groupId = await groupOf(person);
  const lost = (await login(person, "Lost phone")).body;
  const [over, mine] = await Promise.all([
    openStream(groupId, lost.token),
    openStream(groupId, person.token),
  ]);

  const ended = await send("DELETE", `${PATH}/${sessionOf(lost.token)}`, { token: person.token });
  assert.equal(ended.status, 204, ended.text);
  assertProblem(
    await send("POST", "/api/v1/auth/refresh", { body: { refresh_token: lost.refresh_token } }),
    401,
  );
  assertProblem(await send("GET", "/api/v1/groups", { token: lost.token }), 401, "unauthenticated");
  await until(() => over.ended, 5_000, () => over.text);
  assertStopped(over);
  assert.equal(mine.ended, false);
  await send("POST", "/api/v1/auth/logout", { body: { refresh_token: person.refreshToken } });
  await Promise.all([over.done, mine.done]);
});

Deno.test("sessions of others, ended ones and ones that never were are not found alike", async () => {
  const [ana, ben] = await Promise.all([somebody(), somebody()]);
  const second = (await login(ana, "Second")).body;
  const end = (id: string) => send("DELETE", `${PATH}/${id}`, { token: ana.token });
  assert.equal((await end(sessionOf(second.token))).status, 204);
  for (const id of [sessionOf(ben.token), sessionOf(second.token), newId()]) {
    const answer = await end(id);
    assertProblem(answer, 404, "not-found");
    assert.equal(answer.body.detail, `Session "${id}" does not exist`);
  }
  assert.equal((await send("GET", "/api/v1/groups", { token: ben.token })).status, 200);
  assertProblem(await end("a.b"), 400, "malformed");
  assertProblem(await send("GET", PATH), 401);
  assert.equal((await sessionsOf(ana.token)).length, 1);
});

Deno.test("who ends the session that asks is signed out", async () => {
  const person = await somebody();
  const own = sessionOf(person.token);
  assert.equal((await send("DELETE", `${PATH}/${own}`, { token: person.token })).status, 204);
  assertProblem(await send("GET", PATH, { token: person.token }), 401, "unauthenticated");
});

Deno.test("all sessions but the one that asks end together, with their streams, and nobody else's", async () => {
  const [person, friend] = await Promise.all([somebody(), somebody()]);
  const group = await groupOf(person);
  const others = [await login(person, "Browser/1"), await login(person, "Browser/2")];
  const streams = await Promise.all(
    others.map(({ body }) => openStream(group, body.token)),
  );
  const ended = await send("DELETE", PATH, { token: person.token });
  assert.equal(ended.status, 204, ended.text);
  assert.equal(ended.headers.get("set-cookie"), null);
  for (const stream of streams) {
    await stream.done;
    assertStopped(stream);
  }
  for (const { body: { token, refresh_token } } of others) {
    await until(async () => (await send("GET", PATH, { token })).status === 401, 5_000);
    const refused = await send("POST", "/api/v1/auth/refresh", { body: { refresh_token } });
    assertProblem(refused, 401, "unauthenticated");
  }
  const left = await sessionsOf(person.token);
  assert.deepEqual(left.map(({ id }) => id), [sessionOf(person.token)]);
  assert.equal((await sessionsOf(friend.token)).length, 1);
  assert.equal((await send("DELETE", PATH, { token: person.token })).status, 204, "again");
});

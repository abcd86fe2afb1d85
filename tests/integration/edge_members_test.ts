/** Who may learn and change what about the members of a group, over HTTP. */
import assert from "node:assert/strict";
import { newId } from "../../actors/protocol/mod.ts";
import {
  addMember,
  type Answer,
  assertProblem,
  freshName,
  groupOf,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";

async function command(person: Person, body: unknown): Promise<Answer> {
  return await send("POST", "/api/v1/command", { token: person.token, body });
}

/** Both routes that take a user's name. */
async function ask(person: Person, groupId: string, username: string): Promise<Answer[]> {
  const options = { token: person.token, body: { username, role: "admin" } };
  const members = `/api/v1/groups/${groupId}/members`;
  return [
    await send("POST", members, options),
    await send("PATCH", `${members}/role`, options),
  ];
}

/** What an answer tells, without what differs between any two answers. */
function told({ status, body }: Answer): unknown {
  const { instance: _instance, trace_id: _traceId, ...rest } = body;
  return [status, rest];
}

Deno.test("who is no account cannot be made a member, alone or in a batch", async () => {
  const [owner, person] = await Promise.all([somebody(), somebody()]);
  const group_id = await groupOf(owner);
  const add = (user_id: string) => ({ type: "member.add", payload: { user_id } });
  const batch = (...commands: unknown[]) => ({ type: "batch", group_id, payload: { commands } });
  const refused = [
    await command(owner, { ...add(newId()), group_id }),
    await command(owner, { ...add("nobody"), group_id }),
    await command(owner, batch(add(person.userId), add(newId()))),
    await command(owner, batch({ type: "todo.create", payload: { title: "x" } }, add("nobody"))),
  ];
  for (const answer of refused) {
    assertProblem(answer, 404, "not-found");
    assert.equal(answer.body.error, "user not found");
  }
  const before = await send("GET", `/api/v1/groups/${group_id}`, { token: owner.token });
  assert.equal(before.body.version, 2, "nothing was sent");
  const added = await command(owner, batch(add(person.userId), add(person.userId)));
  assert.equal(added.status, 200, JSON.stringify(added.body));
  const { body } = await send("GET", `/api/v1/groups/${group_id}`, { token: person.token });
  assert.deepEqual(
    body.members.map(({ username }) => username),
    [owner.username, person.username],
  );
});

Deno.test("who may not change members does not learn which names are taken", async () => {
  const [owner, admin, member, stranger, other] = await Promise.all([
    somebody(),
    somebody(),
    somebody(),
    somebody(),
    somebody(),
  ]);
  const id = await groupOf(owner);
  await addMember(owner, id, admin, "admin");
  await addMember(owner, id, member);
  for (const [person, status] of [[stranger, 404], [member, 403], [admin, 403]] as const) {
    const nobody = await ask(person, id, freshName());
    for (const name of [other.username, owner.username, "\0"]) {
      const answers = await ask(person, id, name);
      for (const answer of answers) assertProblem(answer, status);
      assert.deepEqual(answers.map(told), nobody.map(told));
    }
  }
  const missing = newId();
  const [there, nowhere] = [await ask(stranger, id, "x"), await ask(stranger, missing, "x")];
  const neutral = (answer: Answer, groupId: string) =>
    JSON.stringify(told(answer)).replaceAll(groupId, "ID");
  assert.deepEqual(
    there.map((answer) => neutral(answer, id)),
    nowhere.map((answer) => neutral(answer, missing)),
  );
});

Deno.test("a new role counts at once, and so does a lost one", async () => {
  const owner = await somebody();
  for (let i = 0; i < 5; i++) {
    const [person, other] = await Promise.all([somebody(), somebody()]);
    const id = await groupOf(owner);
    await addMember(owner, id, person, "admin");
    await addMember(person, id, other);
    const demoted = await send("PATCH", `/api/v1/groups/${id}/members/role`, {
      token: owner.token,
      body: { username: person.username, role: "member" },
    });
    assert.equal(demoted.status, 204);
    const [refused] = await ask(person, id, freshName());
    assert.equal(refused?.status, 403);
  }
});

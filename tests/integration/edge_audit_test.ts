/** Audits over HTTP: what happened and who did it, for whom it is meant, page by page. */
import assert from "node:assert/strict";
import { connectNats } from "../../actors/platform/mod.ts";
import { decodeCommit, type GroupEvent } from "../../actors/protocol/mod.ts";
import { setting } from "../support/eventually.ts";
import { storedLog } from "../support/history.ts";
import {
  addMember,
  type Answer,
  assertProblem,
  groupOf,
  type Person,
  send,
  somebody,
} from "./_edge_client.ts";

interface AuditEvent {
  readonly event_id: string;
  readonly version: number;
  readonly type: string;
  readonly time: string;
  readonly actor_user_id: string;
  readonly actor_username: string;
  readonly todo_id?: string;
  readonly data: unknown;
}

interface Page {
  readonly group_id: string;
  readonly version: number;
  readonly events: readonly AuditEvent[];
  readonly next_cursor?: string;
}

const get = ({ token }: Person, path: string) => send("GET", path, { token });

function bodyOf<T>({ status, text }: Answer): T {
  assert.equal(status, 200, text);
  return JSON.parse(text) as T;
}

async function command({ token }: Person, group_id: string, type: string, payload: object) {
  const answer = await send("POST", "/api/v1/command", {
    token,
    body: { type, group_id, payload },
  });
  assert.ok(answer.status < 300, answer.text);
  return answer.body.version;
}

/** A group of an owner, an admin and a member, in which each has done something. */
async function busyGroup() {
  const [owner, admin, member] = await Promise.all([somebody(), somebody(), somebody()]);
  const group = await groupOf(owner);
  await addMember(owner, group, admin, "admin");
  await addMember(owner, group, member);
  const todo_id = "flowers";
  await command(member, group, "todo.create", { todo_id, title: "Flowers" });
  await command(admin, group, "todo.update", { todo_id, title: "Tulips", priority: 1 });
  await command(owner, group, "comment.add", { todo_id, text: "Red ones" });
  const version = await command(member, group, "todo.complete", { todo_id });
  // From here on everybody is shown all of it, not only who has written it.
  bodyOf(await get(owner, `/api/v1/todos?group_id=${group}&min_version=${version}`));
  return { owner, admin, member, group, todo_id };
}

/** The events of the log itself, the newest first. */
async function logOf(group: string): Promise<GroupEvent[]> {
  const connection = await connectNats({ url: setting("TEST_NATS_URL"), name: "test" });
  try {
    const messages = await storedLog(connection, group);
    return messages.flatMap(({ data }) => decodeCommit(data)).reverse();
  } finally {
    await connection.close();
  }
}

/** What the verifier says of an export. */
async function verifyFile(text: string, head: string): Promise<string> {
  const file = await Deno.makeTempFile({ prefix: "todo1m-export-", suffix: ".ndjson" });
  try {
    await Deno.writeTextFile(file, text);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", `--allow-read=${file}`, "edge/audit/verify_export.mjs", file, "--head", head],
      cwd: new URL("../..", import.meta.url),
    }).output();
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("owners and admins see all events of the log, the newest first, in pages that fit together", async () => {
  const { owner, admin, group } = await busyGroup();
  const path = `/api/v1/audit?group_id=${group}`;
  const whole = bodyOf<Page>(await get(owner, path));
  const log = await logOf(group);
  assert.deepEqual(
    whole.events.map(({ event_id, version, time, actor_user_id, data }) => ({
      event_id,
      version,
      time,
      actor_user_id,
      data,
    })),
    log.map(({ id, sequence, time, authid, data }) => ({
      event_id: id,
      version: Number(sequence),
      time,
      actor_user_id: authid,
      data,
    })),
  );
  assert.equal(whole.version, log.length);
  assert.equal(whole.next_cursor, undefined);
  const paged: AuditEvent[] = [];
  for (let cursor: string | undefined = "";;) {
    const next: Page = bodyOf(
      await get(admin, `${path}&limit=2${cursor ? `&cursor=${cursor}` : ""}`),
    );
    paged.push(...next.events);
    if (next.next_cursor === undefined) break;
    cursor = next.next_cursor;
  }
  assert.deepEqual(paged, whole.events);
});

Deno.test("events are chosen by actor, type, beginning of types and time", async () => {
  const { owner, admin, group } = await busyGroup();
  const list = async (query: string) =>
    bodyOf<Page>(await get(owner, `/api/v1/audit?group_id=${group}&${query}`)).events;
  const all = await list("limit=200");
  const same = (what: string, found: readonly AuditEvent[], keep: (e: AuditEvent) => boolean) => {
    assert.ok(found.length > 0 && found.length < all.length, `${what}: ${found.length}`);
    assert.deepEqual(found, all.filter(keep), what);
  };
  const by = `actor=${admin.userId}`;
  same("actor", await list(by), ({ actor_user_id }) => actor_user_id === admin.userId);
  same("type", await list("type=member.added"), ({ type }) => type === "member.added");
  same("prefix", await list("type=todo."), ({ type }) => type.startsWith("todo."));
  const middle = all[3]?.time ?? "";
  same("from", await list(`from=${middle}`), ({ time }) => time >= middle);
  same("to", await list(`to=${middle}`), ({ time }) => time < middle);
  // The same instant as clocks say it that are two hours ahead.
  const ahead = new Date(Date.parse(middle) + 7_200_000).toISOString().replace("Z", "999+02:00");
  const offset = await list(`from=${encodeURIComponent(ahead)}`);
  same("offset", offset, ({ time }) => time >= middle);
  const both = await list(`${by}&type=todo.`);
  same("both", both, (e) => e.actor_user_id === admin.userId && e.type.startsWith("todo."));
});

Deno.test("what is asked wrongly is refused, and a cursor is good for its own question only", async () => {
  const { owner, group } = await busyGroup();
  const path = `/api/v1/audit?group_id=${group}`;
  const { next_cursor } = bodyOf<Page>(await get(owner, `${path}&type=todo.&limit=1`));
  assert.ok(next_cursor);
  bodyOf(await get(owner, `${path}&type=todo.&limit=7&cursor=${next_cursor}`));
  const elsewhere = await groupOf(owner);
  const refused: [query: string, parameter: string][] = [
    [`group_id=${group}&cursor=${next_cursor}`, "cursor"],
    [`group_id=${group}&type=todo.moved&cursor=${next_cursor}`, "cursor"],
    [`group_id=${elsewhere}&type=todo.&cursor=${next_cursor}`, "cursor"],
    [`group_id=${group}&type=todo.create`, "type"],
    [`group_id=${group}&actor=no%20id`, "actor"],
    [`group_id=${group}&from=yesterday`, "from"],
    [`group_id=${group}&to=2027-02-30`, "to"],
    [`group_id=${group}&from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z`, "from"],
    [`group_id=${group}&limit=0`, "limit"],
    [`group_id=${group}&user=x`, "user"],
  ];
  for (const [query, parameter] of refused) {
    const answer = await get(owner, `/api/v1/audit?${query}`);
    assertProblem(answer, 400, "malformed");
    assert.equal(answer.body.errors?.[0]?.parameter, parameter, query);
  }
  const long = await get(owner, `${path}&from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59-12:00`);
  assert.equal(long.status, 200, long.text);
});

Deno.test("members see what they have caused themselves, former members and strangers nothing", async () => {
  const { owner, admin, member, group } = await busyGroup();
  const path = `/api/v1/audit?group_id=${group}`;
  const { events } = bodyOf<Page>(await get(member, path));
  assert.deepEqual(events.map(({ type }) => type), ["todo.completed", "todo.created"]);
  assert.ok(events.every(({ actor_username }) => actor_username === member.username));
  bodyOf(await get(member, `${path}&actor=${member.userId}`));
  assertProblem(await get(member, `${path}&actor=${owner.userId}`), 403, "forbidden");
  assertProblem(await get(member, `/api/v1/audit/export?group_id=${group}`), 403, "forbidden");
  await send("DELETE", `/api/v1/groups/${group}/members/${admin.userId}`, { token: owner.token });
  const stranger = await somebody();
  for (const person of [admin, stranger]) {
    for (const query of ["audit", "audit/verify", "audit/export", "todos/flowers/history"]) {
      const answer = await get(person, `/api/v1/${query}?group_id=${group}&min_version=1`);
      assertProblem(answer, 404, "not-found");
    }
  }
});

Deno.test("audits show what the reader has just written, and 304 while nothing changes", async () => {
  const { owner, group } = await busyGroup();
  const path = `/api/v1/audit?group_id=${group}&limit=1`;
  for (let i = 0; i < 5; i++) {
    await command(owner, group, "todo.create", { title: `Number ${i}` });
    const [newest] = bodyOf<Page>(await get(owner, path)).events;
    const { todo } = newest?.data as { todo: { title: string } };
    assert.equal(todo.title, `Number ${i}`);
  }
  const etag = (await get(owner, path)).headers.get("etag") ?? "";
  const again = () => send("GET", path, { token: owner.token, headers: { "if-none-match": etag } });
  assert.equal((await again()).status, 304);
  await command(owner, group, "todo.create", { title: "One more" });
  assert.equal((await again()).status, 200);
  assertProblem(await get(owner, `${path}&min_version=999`), 412, "version-conflict");
});

Deno.test("the history of a todo says who set what, also when it is deleted", async () => {
  const { owner, admin, member, group, todo_id } = await busyGroup();
  const version = await command(owner, group, "todo.delete", { todo_id });
  interface Act {
    readonly actor_user_id: string;
    readonly actor_username: string;
    readonly version: number;
    readonly from?: unknown;
    readonly to?: unknown;
  }
  type History = Page & {
    readonly blame?: { readonly fields: Record<string, Act>; readonly deleted?: Act };
  };
  const path = `/api/v1/todos/${todo_id}/history?group_id=${group}&min_version=${version}`;
  const history = bodyOf<History>(await get(member, path));
  assert.deepEqual(history.events.map(({ type }) => type), [
    "todo.deleted",
    "todo.completed",
    "comment.added",
    "todo.updated",
    "todo.created",
  ]);
  const { title, completed, number } = history.blame?.fields ?? {};
  assert.equal(title?.actor_username, admin.username);
  assert.deepEqual([title?.from, title?.to], ["Flowers", "Tulips"]);
  assert.deepEqual([completed?.actor_user_id, completed?.to], [member.userId, true]);
  assert.deepEqual([number?.actor_user_id, number?.to], [member.userId, 1]);
  assert.equal(history.blame?.deleted?.actor_user_id, owner.userId);
  const first = bodyOf<History>(await get(member, `${path}&limit=4`));
  const rest = bodyOf<History>(await get(member, `${path}&limit=4&cursor=${first.next_cursor}`));
  assert.deepEqual([...first.events, ...rest.events], history.events);
  assert.equal(rest.blame, undefined, "the first page has told it");
  assertProblem(await get(owner, `/api/v1/todos/none/history?group_id=${group}`), 404, "not-found");
});

Deno.test("the log is verified, and exported as a file that the verifier takes", async () => {
  const { owner, admin, member, group } = await busyGroup();
  const log = await logOf(group);
  const verified = bodyOf<Record<string, unknown>>(
    await get(member, `/api/v1/audit/verify?group_id=${group}`),
  );
  const { head, ...rest } = verified;
  assert.deepEqual(rest, {
    group_id: group,
    valid: true,
    complete: true,
    commits: new Set(log.map(({ causationid }) => causationid)).size,
    events: log.length,
    read_model: { version: log.length, events: log.length, agrees: true },
  });
  const answer = await get(admin, `/api/v1/audit/export?group_id=${group}`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get("content-type"), "application/x-ndjson");
  const { sequence, hash } = head as { sequence: number; hash: string };
  const told = await verifyFile(answer.text, hash);
  assert.match(told, new RegExp(`^valid: .* ${log.length} events of group ${group}`));
  assert.ok(told.includes(`${hash} (version ${log.length}, sequence ${sequence})`), told);
  const stored = answer.text.split("\n").slice(1, -2)
    .flatMap((line) => JSON.parse(JSON.parse(line).payload) as GroupEvent[]);
  assert.deepEqual(stored.reverse(), log);
  await send("HEAD", `/api/v1/audit/export?group_id=${group}`, { token: owner.token });
  const again = await get(owner, `/api/v1/audit/export?group_id=${group}`);
  assert.equal(again.status, 200, "an export that nobody took holds up no other");
});

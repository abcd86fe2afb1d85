/**
 * Sudden death: each of the four processes is killed hard while eight people work. No command that was
 * acknowledged may be missing, none may be there twice, no reader may miss a version, and everything
 * resumes by itself.
 */
import assert from "node:assert/strict";
import { connectNats, connectPostgres } from "../../actors/platform/mod.ts";
import { type CommandBody, newId } from "../../actors/protocol/mod.ts";
import { readState } from "../../dev/mod.ts";
import { audit } from "../support/audit.ts";
import { Http, User } from "../support/edge_user.ts";
import { eventually, setting, sleep } from "../support/eventually.ts";
import { Follower } from "../support/follower.ts";

const CLIENTS = 8;
/** Between two commands of one client: 50 commands a second of all of them. */
const INTERVAL_MS = 160;
const QUIET_MS = 1_500;
/** Longest that a client may have to wait for the outcome of a command. */
const OUTAGE_MS = 10_000;
const PROCESSES = ["edge", "group-host", "streamer", "projector"] as const;

Deno.test("killing any of the four processes under load loses nothing and doubles nothing", async () => {
  using http = new Http(setting("TEST_EDGE_URL"));
  const connection = await connectNats({ url: setting("TEST_NATS_URL"), name: "test" });
  const sql = connectPostgres(setting("TEST_DATABASE_URL"), { name: "test", max: 2 });
  try {
    const users = await Promise.all(
      Array.from({ length: CLIENTS }, (_, i) => User.register(http, `kill${i}`)),
    );
    const groupIds = await Promise.all(users.slice(0, 2).map((owner) => sharedGroup(owner, users)));
    const followers = groupIds.map((groupId, i) => {
      const user = users[i];
      assert(user);
      return new Follower(http, user, groupId);
    });
    await using stack = new AsyncDisposableStack();
    for (const follower of followers) stack.use(follower);

    const work = new AbortController();
    const working = users.map((user, i) => workOn(user, groupIds[i % 2] ?? "", work.signal));
    try {
      for (const name of PROCESSES) {
        await sleep(QUIET_MS);
        await kill(name);
        await sleep(QUIET_MS);
      }
    } finally {
      work.abort();
      await Promise.all(working);
    }

    const history = users.flatMap((user) => user.history);
    assert.deepEqual(history.filter(({ outcome }) => outcome !== "committed"), []);
    assert(history.length > 400, `only ${history.length} commands were sent`);
    const slowest = Math.max(...history.map((sent) => sent.answeredAtMs - sent.sentAtMs));
    assert(slowest < OUTAGE_MS, `a command took ${Math.round(slowest)} ms`);
    assert(history.some(({ attempts }) => attempts > 1), "no command met an outage");

    await audit({ connection, sql, history, groupIds });
    for (const follower of followers) {
      const last = Math.max(
        ...history.filter((sent) => sent.group_id === follower.groupId)
          .map(({ version = 0 }) => version),
      );
      await eventually(() => follower.version === last, `the stream to reach version ${last}`);
      assert.deepEqual(follower.faults, []);
      // The streamer was killed, and so was the edge that passes its streams on.
      assert(follower.connections >= 3, `the stream was opened ${follower.connections} times`);
    }
  } finally {
    await sql.end();
    await connection.close();
  }
});

/** A group of `owner` with everybody else as member. */
async function sharedGroup(owner: User, users: readonly User[]): Promise<string> {
  const groupId = await owner.createGroup("Kill");
  for (const { username, userId } of users) {
    if (userId === owner.userId) continue;
    const added = await owner.send("POST", `/api/v1/groups/${groupId}/members`, { username });
    assert.equal(added.status, 204);
  }
  return groupId;
}

/** Creates, changes, completes and deletes todos, one command every {@link INTERVAL_MS} if all is well. */
async function workOn(user: User, groupId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const todo_id = newId();
    const steps: CommandBody[] = [
      { type: "todo.create", payload: { todo_id, title: "Survive" } },
      { type: "todo.update", payload: { todo_id, title: "Survive again" } },
      { type: "todo.complete", payload: { todo_id } },
      { type: "comment.add", payload: { todo_id, text: "Still here" } },
      { type: "todo.delete", payload: { todo_id } },
    ];
    const kept = Math.random() < 0.5 ? steps.slice(0, -1) : steps;
    for (const step of kept) {
      if (signal.aborted) return;
      const next = sleep(INTERVAL_MS);
      await user.commit(groupId, step);
      await next;
    }
  }
}

/** Kills a process hard and waits until another one is in its place and ready. */
async function kill(name: typeof PROCESSES[number]): Promise<void> {
  const rowOf = async () => {
    const state = await readState(setting("TEST_DEV_JSON"));
    return state?.processes.find((row) => row.name === name);
  };
  const before = await rowOf();
  assert(before, `${name} is not running`);
  Deno.kill(before.pid, "SIGKILL");
  await eventually(async () => {
    const row = await rowOf();
    if (!row || row.pid === before.pid) return false;
    const ready = await fetch(`${row.url}/readyz`, { signal: AbortSignal.timeout(1_000) });
    await ready.body?.cancel();
    return ready.ok;
  }, `${name} to be back`);
}

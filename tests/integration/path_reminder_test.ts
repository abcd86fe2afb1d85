/** A reminder through the whole path: set over HTTP, heard of on the stream, shown by the read model. */
import assert from "node:assert/strict";
import { decodeCommit, type GroupEvent, newId } from "../../actors/protocol/mod.ts";
import { Http, User } from "../support/edge_user.ts";
import { setting } from "../support/eventually.ts";

/** Reads the stream until an event of `type` arrives; answers it with when that was. */
async function hear(
  body: ReadableStream<Uint8Array>,
  type: GroupEvent["type"],
): Promise<{ event: GroupEvent; atMs: number }> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const frames = text.split("\n\n");
    text = frames.pop() ?? "";
    for (const frame of frames) {
      const data = frame.split("\n").find((line) => line.startsWith("data: "))?.slice(6);
      if (!frame.includes("event: todo-event") || data === undefined) continue;
      const event = decodeCommit(new TextEncoder().encode(data)).find((one) => one.type === type);
      if (event) return { event, atMs: Date.now() };
    }
  }
  throw new Error(`The stream ended without ${type}`);
}

Deno.test("a reminder set over HTTP is heard of on the stream when it is due, and shown with its todo", async () => {
  using http = new Http(setting("TEST_EDGE_URL"));
  const user = await User.register(http, "reminded");
  const groupId = await user.createGroup("Reminders");
  const signal = AbortSignal.timeout(15_000);
  const stream = await http.open(`/events?group_id=${groupId}`, user.token, signal);
  assert.ok(stream.body);
  const heard = hear(stream.body, "com.todo1m.reminder.fired");

  const todo_id = newId();
  const dueMs = Date.now() + 1_000;
  const at = new Date(dueMs).toISOString();
  const created = await user.commit(groupId, {
    type: "todo.create",
    payload: { todo_id, title: "Call Ana", reminders: [{ id: "r", at }] },
  });
  assert.equal(created.outcome, "committed");

  const { event, atMs } = await heard;
  assert.equal(event.authid, "system");
  const fired = [{ id: "r", at }];
  assert.deepEqual(event.data, {
    todo_id,
    reminder_id: "r",
    at,
    changes: { fired_reminders: { to: fired } },
  });
  assert.ok(atMs >= dueMs, `${dueMs - atMs} ms early`);
  assert.ok(atMs - dueMs < 1_500, `${atMs - dueMs} ms late`);
  const path = `/api/v1/todos/${todo_id}?group_id=${groupId}&min_version=${Number(event.sequence)}`;
  const answer = await user.send("GET", path);
  assert.equal(answer.status, 200);
  const { fired_reminders, version } = answer.body as {
    fired_reminders: unknown;
    version: unknown;
  };
  assert.deepEqual({ fired_reminders, version }, {
    fired_reminders: fired,
    version: Number(event.sequence),
  });
});

Deno.test("a client that claims to be a timer is refused", async () => {
  using http = new Http(setting("TEST_EDGE_URL"));
  const user = await User.register(http, "impostor");
  const groupId = await user.createGroup("No timers here");
  const payload = { todo_id: "t", reminder_id: "r", at: "2026-01-01T00:00:00.000Z" };
  const fire = { type: "reminder.fire", payload };
  const tries = [
    { ...fire, group_id: groupId },
    { type: "batch", group_id: groupId, payload: { commands: [fire] } },
  ];
  for (const command of tries) {
    const answer = await user.send("POST", "/api/v1/command", command);
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
  }
});

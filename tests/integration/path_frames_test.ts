/** How much a viewer receives of an ordinary command: the whole frame, as the network carries it. */
import assert from "node:assert/strict";
import { type CommandBody, newId } from "../../actors/protocol/mod.ts";
import { Http, User } from "../support/edge_user.ts";
import { setting } from "../support/eventually.ts";

const KILOBYTE = 1_000;
const FRAME_END = "\n\n";

/** The frames of the stream's next `count` commits. */
async function frames(body: ReadableStream<Uint8Array>, count: number): Promise<string[]> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const whole = text.split(FRAME_END).slice(0, -1);
    const commits = whole.filter((frame) => frame.includes("event: todo-event"));
    if (commits.length >= count) return commits;
  }
  throw new Error("The stream ended");
}

Deno.test("a viewer receives less than a kilobyte of an ordinary command", async () => {
  using http = new Http(setting("TEST_EDGE_URL"));
  const owner = await User.register(http, "viewed");
  const groupId = await owner.createGroup("Shopping for the weekend");
  const stream = await http.open(
    `/events?group_id=${groupId}`,
    owner.token,
    AbortSignal.timeout(15_000),
  );
  assert.ok(stream.body);
  const todo_id = newId();
  const commands: CommandBody[] = [
    { type: "todo.create", payload: { todo_id, title: "Buy milk, bread and butter" } },
    { type: "todo.update", payload: { todo_id, title: "Buy milk, bread, butter and a cake" } },
    { type: "todo.update", payload: { todo_id, due: { date: "2026-12-24" } } },
    { type: "todo.update", payload: { todo_id, assignee: owner.userId } },
    { type: "todo.complete", payload: { todo_id } },
    { type: "comment.add", payload: { todo_id, text: "The one from the bakery, please" } },
  ];
  // A deletion holds the whole todo and what it had: as much as there was.
  const arriving = frames(stream.body, commands.length);
  for (const command of commands) {
    assert.equal((await owner.commit(groupId, command)).outcome, "committed", command.type);
  }
  const sizes = (await arriving).map((frame, i) =>
    [commands[i]?.type, new TextEncoder().encode(frame + FRAME_END).length] as const
  );
  assert.deepEqual(sizes.filter(([, bytes]) => bytes >= KILOBYTE), [], JSON.stringify(sizes));
});

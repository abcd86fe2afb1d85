/** What a stream carries and when it ends, without sockets, against a log in memory. */
import assert from "node:assert/strict";
import { FakeSocket, GROUP, group, OTHER, settle, World } from "./testing/mod.ts";

Deno.test("a new reader gets the retry time, a snapshot, then each commit once", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 2);
  world.log.append(GROUP, writer.addTodos(3));
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.ok((socket.reader.retryMs ?? 0) >= 1_000);
  assert.deepEqual(socket.frames.map(({ event }) => event), [
    "snapshot",
    "todo-event",
    "todo-event",
  ]);
  assert.equal(socket.model.versions.get(GROUP), 6);
  assert.equal(socket.model.cursor, `e1-${GROUP}:6.3`);
  world.feeds.close();
});

Deno.test("commits that arrive together leave in one write", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  const before = socket.log.writes;
  for (let i = 0; i < 10; i++) world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.equal(socket.log.writes - before, 1);
  assert.equal(socket.model.versions.get(GROUP), 12);
  world.feeds.close();
});

Deno.test("stored bytes reach the reader unchanged", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  const bytes = writer.addTodos(2, 'Zwölf „Boxkämpfer“ \\ " 🥛');
  world.log.append(GROUP, bytes);
  await settle();
  assert.equal(socket.frames.at(-1)?.data, new TextDecoder().decode(bytes));
  world.feeds.close();
});

Deno.test("a removed member gets revoked instead of the removal and nothing after", async () => {
  const world = new World();
  const writer = group(world);
  world.log.append(GROUP, writer.addMember("ben"));
  const ana = await world.open("ana");
  const ben = await world.open("ben");
  await settle();
  world.log.append(GROUP, writer.removeMember("ben"));
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.deepEqual(ben.frames.map(({ event }) => event), ["snapshot", "revoked"]);
  assert.deepEqual(JSON.parse(ben.frames[1]?.data ?? ""), {
    group_id: GROUP,
    reason: "member-removed",
  });
  assert.equal(ben.log.ended, true);
  assert.equal(ana.model.versions.get(GROUP), 5);
  world.feeds.close();
});

Deno.test("a stream of two groups goes on with the one that is left", async () => {
  const world = new World();
  const writer = group(world);
  const other = group(world, OTHER);
  const socket = await world.open("ana", undefined, { groups: [GROUP, OTHER] });
  await settle();
  world.log.append(GROUP, writer.delete());
  world.log.append(OTHER, other.addTodos(1));
  await settle();
  assert.deepEqual([...socket.model.revoked], [GROUP]);
  assert.equal(socket.model.versions.get(OTHER), 3);
  assert.equal(socket.model.cursor, `e1-${OTHER}:3.4`);
  world.feeds.close();
});

Deno.test("the id of a stream of several groups is a vector that resumes each of them", async () => {
  const world = new World();
  const writers = [group(world), group(world, OTHER)];
  const groups = [GROUP, OTHER];
  const first = await world.open("ana", undefined, { groups });
  await settle();
  for (let i = 0; i < 3; i++) {
    for (const writer of writers) world.log.append(writer.groupId, writer.addTodos(1));
  }
  await settle();
  const { cursor } = first.model;
  first.cut();
  for (const writer of writers) world.log.append(writer.groupId, writer.addTodos(2));
  const second = new FakeSocket();
  for (const id of groups) second.model.versions.set(id, first.model.versions.get(id) ?? 0);
  await world.open("ana", cursor, { groups, socket: second });
  await settle();
  assert.deepEqual([...second.model.versions], [[GROUP, 7], [OTHER, 7]]);
  assert.deepEqual(second.frames.map(({ event }) => event), ["todo-event", "todo-event"]);
  world.feeds.close();
});

for (
  const [name, cursor, reason] of [
    ["no cursor at all", "rubbish", "unreadable-cursor"],
    ["a cursor of another log", `e0-${GROUP}:3.2`, "other-epoch"],
    ["a cursor ahead of the log", `e1-${GROUP}:90.90`, "unknown-position"],
    ["a cursor between commits", `e1-${GROUP}:4.3`, "unknown-position"],
    ["an old cursor that never was", `e1-${GROUP}:3.3`, "unknown-position"],
    ["a cursor from before the reader was a member", `e1-${GROUP}:2.1`, "membership"],
  ] as const
) {
  Deno.test(`${name} gives one reset, then a snapshot`, async () => {
    const world = new World({ ringCommits: 1 });
    const writer = group(world);
    world.log.append(GROUP, writer.addMember("ben"));
    world.log.append(GROUP, writer.addTodos(2));
    world.log.append(GROUP, writer.addTodos(1));
    const socket = await world.open("ben", cursor);
    await settle();
    assert.deepEqual(socket.frames.map(({ event }) => event), ["reset", "snapshot"]);
    assert.equal(JSON.parse(socket.frames[0]?.data ?? "").reason, reason);
    assert.equal(socket.model.versions.get(GROUP), 6);
    world.feeds.close();
  });
}

Deno.test("a reader that lacks too many versions gets a reset", async () => {
  const world = new World({ limits: { maxReplayVersions: 5 } });
  const writer = group(world);
  for (let i = 0; i < 10; i++) world.log.append(GROUP, writer.addTodos(1));
  const socket = await world.open("ana", `e1-${GROUP}:2.1`);
  await settle();
  assert.deepEqual(socket.frames.map(({ event }) => event), ["reset", "snapshot"]);
  world.feeds.close();
});

Deno.test("a live reader that takes nothing is cut sooner when it is far behind", async () => {
  const world = new World({ limits: { maxBehindBytes: 3_000 } });
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  socket.stall();
  for (let i = 0; i < 20; i++) {
    world.log.append(GROUP, writer.addTodos(1));
    await settle();
  }
  assert.deepEqual(world.closes, []);
  world.advance(1_000);
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.deepEqual(world.closes, ["slow-reader"]);
  socket.resume();
  const bye = socket.frames.at(-1);
  assert.equal(bye?.event, "bye");
  assert.deepEqual(
    { ...JSON.parse(bye?.data ?? ""), retry_ms: 0 },
    {
      reason: "slow-reader",
      retry: "back-off",
      cursor: `e1-${GROUP}:${socket.model.versions.get(GROUP)}.2`,
      retry_ms: 0,
    },
  );
  world.feeds.close();
});

Deno.test("a reader that takes nothing for five seconds is cut and dropped", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  socket.stall();
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  world.advance(4_500);
  assert.deepEqual(world.closes, []);
  world.advance(1_000);
  assert.deepEqual(world.closes, ["slow-reader"]);
  world.advance(2_500);
  assert.equal(socket.log.destroyed, true);
  assert.equal(world.wheel.size, 2);
  world.feeds.close();
});

Deno.test("a slow but steady reader gets a large snapshot in slices", async () => {
  const world = new World();
  const writer = group(world);
  for (let i = 0; i < 30; i++) world.log.append(GROUP, writer.addTodos(50, "x".repeat(200)));
  const socket = new FakeSocket();
  socket.stall();
  await world.open("ana", undefined, { socket });
  for (let i = 0; i < 30 && socket.frames.length === 0; i++) {
    world.advance(4_000);
    socket.resume();
    socket.stall();
    world.log.append(GROUP, writer.addTodos(1));
    await settle();
  }
  socket.resume();
  await settle();
  assert.deepEqual(world.closes, []);
  assert.equal(socket.model.versions.get(GROUP), writer.version);
  world.feeds.close();
});

Deno.test("heartbeats come every 15 to 20 seconds and not into the middle of a frame", async () => {
  const world = new World();
  group(world);
  const socket = await world.open("ana");
  await settle();
  const seconds: number[] = [];
  let seen = 0;
  for (let second = 1; second <= 120; second++) {
    world.advance(1_000);
    if (socket.reader.comments > seen) seconds.push(second);
    seen = socket.reader.comments;
  }
  const gaps = seconds.slice(1).map((at, index) => at - (seconds[index] ?? 0));
  assert.ok(gaps.length >= 5 && gaps.every((gap) => gap >= 15 && gap <= 20), String(gaps));
  world.feeds.close();
});

Deno.test("a stream ends by itself with a bye that carries the cursor", async () => {
  const world = new World();
  group(world);
  const socket = await world.open("ana", undefined, { endsInMs: 3_000 });
  await settle();
  world.advance(3_250);
  const bye = socket.frames.at(-1);
  assert.equal(bye?.event, "bye");
  assert.equal(bye?.id, `e1-${GROUP}:2.1`);
  assert.equal(JSON.parse(bye?.data ?? "").retry, "now");
  assert.deepEqual(world.closes, ["rotated"]);
  world.feeds.close();
});

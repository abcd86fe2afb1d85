/** How feeds are repaired from the log, started over and let go, seen by the readers of streams. */
import assert from "node:assert/strict";
import { FakeSocket, GROUP, group, settle, World } from "./testing/mod.ts";

Deno.test("a lost message is repaired from the log as soon as the next one arrives", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 5);
  assert.ok(world.kinds.includes("gap"));
  world.feeds.close();
});

Deno.test("a lost message without a next one is found by the audit", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 2);
  world.advance(1_250);
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 3);
  world.feeds.close();
});

Deno.test("a repair waits for a replica that lags", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  world.log.hidden = 2;
  world.log.append(GROUP, writer.addTodos(1), { lost: true });
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 2);
  world.log.hidden = 0;
  await settle();
  assert.equal(socket.model.versions.get(GROUP), 4);
  world.feeds.close();
});

Deno.test("a log made anew resets every reader once", async () => {
  const world = new World();
  const old = group(world);
  world.log.append(GROUP, old.addTodos(5));
  const sockets = [await world.open("ana"), await world.open("ana")];
  await settle();
  world.log.recreate();
  group(world);
  await world.feeds.verifyAll();
  await settle();
  for (const socket of sockets) {
    assert.deepEqual(socket.frames.map(({ event }) => event), ["snapshot", "reset", "snapshot"]);
    assert.equal(socket.model.versions.get(GROUP), 2);
  }
  assert.match(sockets[0]?.model.cursor ?? "", /^e1x-/);
  world.feeds.close();
});

Deno.test("a message that is no commit is passed over and its group goes on", async () => {
  const world = new World();
  const writer = group(world);
  const socket = await world.open("ana");
  await settle();
  world.log.append(GROUP, new TextEncoder().encode("{nonsense"));
  world.log.append(GROUP, new TextEncoder().encode("[null]"));
  world.log.append(GROUP, writer.addTodos(1));
  await settle();
  assert.deepEqual(socket.frames.map(({ event }) => event), ["snapshot", "todo-event"]);
  const late = new FakeSocket();
  late.model.versions.set(GROUP, 2);
  await world.open("ana", `e1-${GROUP}:2.1`, { socket: late });
  await settle();
  assert.deepEqual(late.frames.map(({ event }) => event), ["todo-event"]);
  assert.equal(world.kinds.filter((kind) => kind === "poison").length, 2);
  world.feeds.close();
});

Deno.test("feeds without listeners are let go after a while, the oldest first when many", async () => {
  const world = new World();
  for (let i = 0; i < 12; i++) group(world, `many-${i}`);
  for (let i = 0; i < 12; i++) {
    const feed = await world.feeds.acquire(`many-${i}`);
    assert.ok(feed);
    world.feeds.release(feed);
  }
  assert.equal(world.feeds.size, 10);
  assert.equal(world.log.followers, 10);
  for (let i = 0; i < 70; i++) world.advance(1_000);
  assert.equal(world.feeds.size, 0);
  assert.equal(world.log.followers, 0);
  world.feeds.close();
});

Deno.test("a group that does not exist leaves nothing behind", async () => {
  const world = new World();
  assert.equal(await world.feeds.acquire("nowhere"), undefined);
  assert.equal(world.feeds.size, 0);
  assert.equal(world.log.followers, 0);
  world.feeds.close();
});

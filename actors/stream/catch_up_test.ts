/** A feed that has caught up takes what comes next, whenever that comes. */
import assert from "node:assert/strict";
import { GROUP, group, settle, World } from "./testing/mod.ts";

Deno.test("a message that arrives at the moment at which a feed has caught up is passed on at once", async () => {
  // One of these numbers of turns hits the moment, whatever the number of turns that reading takes.
  for (let turns = 0; turns < 40; turns++) {
    const world = new World();
    const writer = group(world);
    const socket = await world.open("ana");
    world.log.append(GROUP, writer.addTodos(1), { lost: true });
    world.log.append(GROUP, writer.addTodos(1));
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    world.log.append(GROUP, writer.addTodos(1));
    await settle();
    assert.equal(socket.model.versions.get(GROUP), writer.version, `after ${turns} turns`);
    socket.cut();
    world.feeds.close();
  }
});

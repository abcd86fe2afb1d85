/** WebSockets on a real server: the streams are those of server-sent events, chosen while connected. */
import assert from "node:assert/strict";
import { SocketClient } from "./_socket_client.ts";
import { StreamClient, withStreams } from "./_stream_fixture.ts";

Deno.test("a WebSocket gets snapshot and events, their stored bytes unchanged", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start();
    const home = await group("ana");
    const client = await SocketClient.follow(streamer, await token("ana"), [home]);
    await client.caughtUp(home);
    const bytes = home.writer.addTodos(2, 'Zwölf „Boxkämpfer“ \\ " 🥛');
    await home.append(bytes);
    await client.caughtUp(home);
    const text = client.texts.at(-1) ?? "";
    const cursor = String(client.messages.at(-1)?.["cursor"]);
    const stored = new TextDecoder().decode(bytes);
    assert.equal(text, `{"op":"event","cursor":"${cursor}","data":${stored}}`);
    assert.deepEqual(client.messages.map(({ op }) => op), ["ack", "ack", "snapshot", "event"]);
    await client.close();
  }));

Deno.test("a WebSocket goes on where server-sent events stopped, and the other way round", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start();
    const home = await group("ana");
    const ana = await token("ana");
    const first = await StreamClient.open(streamer, ana, [home]);
    await first.caughtUp(home);
    await first.close();
    for (let i = 0; i < 30; i++) await home.append(home.writer.addTodos(1));
    const second = await SocketClient.follow(streamer, ana, [home], first.model);
    await second.caughtUp(home);
    assert.equal(second.count("snapshot"), 0);
    assert.equal(second.count("event"), 30);
    await second.close();
    for (let i = 0; i < 5; i++) await home.append(home.writer.addTodos(1));
    const third = await StreamClient.open(streamer, ana, [home], second.model);
    await third.caughtUp(home);
    assert.deepEqual(new Set(third.events), new Set(["todo-event"]));
    await third.close();
  }));

/** What of a WebSocket gets through the proxy, with a streamer played by the test. */
import assert from "node:assert/strict";
import { streamer as circuit } from "./resilience/mod.ts";
import { passSocketOn } from "./socket_proxy.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
const SOCKETS = 40;

Deno.test("what a streamer says before it closes at once arrives, and why it closes, too", async () => {
  await using streamer = Deno.serve(LOOPBACK, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => {
      socket.send("refused");
      socket.close(4001, "unauthenticated");
    };
    return response;
  });
  const over = new AbortController();
  const target = {
    url: `ws://127.0.0.1:${streamer.addr.port}/ws`,
    headers: {},
    streamer: circuit(),
    answerMs: 5_000,
    signal: over.signal,
  };
  await using edge = Deno.serve(LOOPBACK, (request) => passSocketOn(request, target));
  const visits = Array.from({ length: SOCKETS }, () => {
    const socket = new WebSocket(`ws://127.0.0.1:${edge.addr.port}/ws`);
    const heard: string[] = [];
    socket.onmessage = ({ data }) => void heard.push(data);
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.onclose = ({ code, reason }) => resolve(`${heard.join()} ${code} ${reason}`);
    return promise;
  });
  assert.deepEqual(new Set(await Promise.all(visits)), new Set(["refused 4001 unauthenticated"]));
});

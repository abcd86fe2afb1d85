import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer } from "node:net";
import { surviveNullSocket } from "./_null_socket.ts";

Deno.test("a socket passes over a write of nothing, and writes everything else", async () => {
  surviveNullSocket();
  const received: string[] = [];
  const ended = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("data", (data) => received.push(data.toString()));
    socket.on("end", () => {
      socket.end();
      ended.resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write("before ");
  // @ts-expect-error What the client does; without the guard it throws.
  assert.equal(socket.write(null), true);
  socket.end("after");
  await ended.promise;
  await new Promise((resolve) => server.close(resolve));
  assert.equal(received.join(""), "before after");
});

/** The proxy against a real server: everything it breaks later has to be broken by it alone. */
import assert from "node:assert/strict";
import { connectNats, type NatsConnection } from "../../actors/platform/mod.ts";
import { type NatsServer, startNatsServer } from "../../dev/mod.ts";
import { eventually, sleep } from "../support/eventually.ts";
import { FaultProxy } from "./fault_proxy.ts";

interface Line {
  readonly server: NatsServer;
  readonly proxy: FaultProxy;
  /** A client behind the proxy, and one beside it. */
  readonly behind: NatsConnection;
  readonly beside: NatsConnection;
}

async function withLine(test: (line: Line) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo1m-proxy-test-" });
  try {
    await using server = await startNatsServer({ dataDir });
    await using proxy = new FaultProxy(server.url);
    const behind = await connectNats({ url: proxy.url, name: "behind" });
    const beside = await connectNats({ url: server.url, name: "beside" });
    try {
      await test({ server, proxy, behind, beside });
    } finally {
      await behind.close();
      await beside.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

/** Collects what arrives on `subject`. */
function listen(connection: NatsConnection, subject: string): string[] {
  const arrived: string[] = [];
  connection.subscribe(subject, { callback: (_, message) => void arrived.push(message.string()) });
  return arrived;
}

Deno.test("messages pass in both directions, small and large", () =>
  withLine(async ({ behind, beside }) => {
    beside.subscribe("echo", { callback: (_, message) => void message.respond(message.data) });
    await beside.flush();
    for (const size of [0, 1, 70_000, 900_000]) {
      const data = new Uint8Array(size).fill(13);
      const answer = await behind.request("echo", data, { timeout: 5_000 });
      assert.deepEqual(new Uint8Array(answer.data), data);
    }
  }));

Deno.test("a watcher drops one message and holds another until it says so", () =>
  withLine(async ({ proxy, behind, beside }) => {
    const arrived = listen(beside, "news.*");
    await beside.flush();
    const { promise, resolve } = Promise.withResolvers<void>();
    proxy.watch((direction, { subject }) =>
      direction === "up" && subject === "news.dropped"
        ? "drop"
        : direction === "up" && subject === "news.held"
        ? promise.then(() => "pass")
        : "pass"
    );
    for (const name of ["first", "dropped", "held", "last"]) behind.publish(`news.${name}`, name);
    await eventually(() => arrived.length === 1, "what is before the held message");
    await sleep(50);
    assert.deepEqual(arrived, ["first"]);
    resolve();
    await eventually(() => arrived.length === 3, "the rest");
    assert.deepEqual(arrived, ["first", "held", "last"]);
  }));

Deno.test("one direction is held and nothing of it is lost", () =>
  withLine(async ({ proxy, behind, beside }) => {
    const up = listen(beside, "up");
    const down = listen(behind, "down");
    await Promise.all([behind.flush(), beside.flush()]);
    proxy.hold("up");
    behind.publish("up", "1");
    beside.publish("down", "2");
    await eventually(() => down.length === 1, "the other direction");
    await sleep(50);
    assert.deepEqual(up, []);
    proxy.release();
    await eventually(() => up.length === 1, "what was held");
  }));

Deno.test("a cut client comes back once it is no longer refused", () =>
  withLine(async ({ proxy, behind }) => {
    proxy.refuse(true);
    proxy.cut();
    await eventually(() => proxy.accepted > 2, "another attempt");
    proxy.refuse(false);
    await eventually(async () => {
      await behind.flush();
      return true;
    }, "the connection");
    assert.equal(behind.isClosed(), false);
  }));

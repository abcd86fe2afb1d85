/** What the streamer tells of the cluster, with hosts whose reports the test makes. */
import assert from "node:assert/strict";
import type { ClusterInfo } from "../../actors/cluster/mod.ts";
import type { NatsConnection } from "../../actors/platform/mod.ts";
import {
  BLOCKS,
  HOST_ROLL_CALL,
  type HostReport,
  hostReportSubject,
} from "../../actors/protocol/routing/mod.ts";
import { type Frame, FrameReader } from "../../actors/stream/testing/mod.ts";
import { withStreams } from "./_stream_fixture.ts";

function report(host_id: string, blocks: readonly number[], commands = 0): HostReport {
  return {
    host_id,
    name: host_id,
    started_at: new Date().toISOString(),
    code_version: "1",
    draining: false,
    blocks: blocks.map((block) => ({ block, cursor: 7, pending: 0 })),
    resident_actors: 2,
    actor_bytes: 2_000,
    commands,
    takeovers: { dead: 0, handed: 0 },
  };
}

function send(connection: NatsConnection, each: HostReport): void {
  connection.publish(hostReportSubject(each.host_id), JSON.stringify(each));
}

/** Has hosts answer the roll call of whoever listens from now on, as real ones do. */
async function answerRollCall(
  connection: NatsConnection,
  ...hosts: readonly HostReport[]
): Promise<void> {
  connection.subscribe(HOST_ROLL_CALL, {
    callback: () => hosts.forEach((each) => send(connection, each)),
  });
  await connection.flush();
}

async function* watch(port: number, token: string, signal: AbortSignal): AsyncGenerator<Frame> {
  const response = await fetch(`http://127.0.0.1:${port}/sse/cluster-info`, {
    headers: { authorization: `Bearer ${token}` },
    signal,
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert(response.body);
  const reader = new FrameReader();
  for await (const chunk of response.body) yield* reader.push(chunk);
}

function infoOf(frame: Frame): ClusterInfo {
  assert.equal(frame.event, "cluster-info");
  return JSON.parse(frame.data) as ClusterInfo;
}

const blocks = Array.from({ length: BLOCKS }, (_, block) => block);

Deno.test("the cluster's hosts, owners and streams are told once a second", () =>
  withStreams(async ({ start, token, connection }) => {
    await answerRollCall(
      connection,
      report("one", blocks.slice(0, 40), 100),
      report("two", blocks.slice(40), 100),
    );
    const { port } = await start();
    const end = new AbortController();
    const seen: ClusterInfo[] = [];
    const startedAt = performance.now();
    try {
      for await (const frame of watch(port, await token("ana"), end.signal)) {
        seen.push(infoOf(frame));
        if (seen.length === 3) break;
        send(connection, report("one", blocks.slice(0, 40), 100 + 500 * seen.length));
      }
    } finally {
      end.abort();
    }
    const [first, , third] = seen;
    assert(first && third);
    assert(performance.now() - startedAt > 1_500, "a frame a second");
    assert.deepEqual(first.hosts.map(({ host_id, state }) => [host_id, state]), [
      ["one", "live"],
      ["two", "live"],
    ]);
    assert.deepEqual([first.blocks[39]?.owners, first.blocks[40]?.owners], [["one"], ["two"]]);
    const names = first.streams.map(({ name }) => name);
    assert(["CMD-0", "EV-0"].every((name) => names.includes(name)), names.join());
    const [one, two] = third.hosts;
    assert(one && one.commands_per_second > 300, `${one?.commands_per_second} commands/s`);
    assert.equal(two?.state, "silent", "a host that says nothing more");
    assert.equal(third.totals.unowned_blocks, BLOCKS - 40);
  }));

Deno.test("the cluster is shown to signed-in users only, and no longer than their session lasts", () =>
  withStreams(async ({ start, token, connection }) => {
    const { port } = await start();
    const url = `http://127.0.0.1:${port}/sse/cluster-info`;
    const refused = async (path: string, headers: HeadersInit = {}) => {
      const response = await fetch(path, { headers });
      const { code } = await response.json() as { code: string };
      return [response.status, code];
    };
    assert.deepEqual(await refused(url), [401, "unauthenticated"]);
    assert.deepEqual(await refused(`${url}?token=${await token("ana")}`), [
      401,
      "unauthenticated",
    ]);

    const bearer = await token("ana", { sessionId: "s-9" });
    const frames = watch(port, bearer, AbortSignal.timeout(10_000));
    assert.equal((await frames.next()).done, false);
    const notice = JSON.stringify({ user_id: "ana", session_id: "s-9" });
    connection.publish("auth.session.s-9.revoked", notice);
    while (!(await frames.next()).done);
    assert.deepEqual(await refused(url, { authorization: `Bearer ${bearer}` }), [
      401,
      "unauthenticated",
    ]);
  }));

Deno.test("a streamer's metrics tell of the cluster, too", () =>
  withStreams(async ({ start, connection }) => {
    await answerRollCall(connection, report("one", blocks.slice(1)));
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    const lines = (await response.text()).split("\n");
    for (
      const line of [
        'tf_cluster_hosts{state="live",process="streamer"} 1',
        'tf_cluster_unowned_blocks{process="streamer"} 1',
        'tf_jetstream_messages{stream="EV-0",process="streamer"} 0',
        'tf_cluster_mailbox_depth{stream="CMD-0",process="streamer"} 0',
      ]
    ) {
      assert(lines.includes(line), line);
    }
  }));

/**
 * The network of many clients is gone at once, without a word: no end of a connection comes, and what is sent
 * to them is not acknowledged. Streams of server-sent events are reached through what stands in for the
 * gateway, WebSockets straight; none may count as open for long.
 */
import { FarReaders } from "../far_readers.ts";
import { Gateway } from "../gateway.ts";
import { atMostMs, exactly, inMs } from "../measure.ts";
import type { Scenario } from "../scenario.ts";
import { sleep } from "../../support/eventually.ts";
import { type StreamerSlot, StreamSite } from "../stream_site.ts";

const GROUPS = 10;
const READERS_OF_A_GROUP = 20;
const READERS = GROUPS * READERS_OF_A_GROUP;
/** Floor of the goal. */
const NOTICED_WITHIN_MS = 90_000;

export const goneClients: Scenario = {
  name: "gone-clients",
  about:
    `The network of ${READERS} clients with server-sent events and ${READERS} with WebSockets ` +
    "is gone without a word.",
  // Each heartbeat is at another time; longer than the first of all streams takes.
  defaults: { short: { seconds: 5 }, long: { seconds: 20 } },
  ownNetwork: {},
  run: async ({ seconds, say }) => {
    const env = { HOST: "0.0.0.0" };
    await using site = await StreamSite.start({ streamers: 2, groups: GROUPS, env });
    const [plain, sockets] = site.streamers;
    if (!plain || !sockets) throw new Error("There are no streamers");
    await using gateway = await Gateway.start(plain.port);
    await using readers = await FarReaders.start();
    const groupIds = site.groups.map(({ groupId }) => groupId);
    const { token } = site;
    const hostnames = [FarReaders.nearAddress];
    const of = { token, groupIds, groupSize: READERS_OF_A_GROUP, hostnames };
    await readers.ask({ open: { ...of, port: gateway.port, transport: "sse" } });
    await readers.ask({ open: { ...of, port: sockets.port, transport: "websocket" } });
    await sleep(seconds * 1_000);
    const before = await openStreams(plain) + await openStreams(sockets);
    say(`${before} streams are open, the network goes`);
    await readers.cut();
    const goneAt = performance.now();
    const [plainMs, socketsMs] = await Promise.all(
      [plain, sockets].map((streamer) => untilNoticed(streamer, goneAt)),
    );
    const slowestMs = Math.max(plainMs ?? Infinity, socketsMs ?? Infinity);
    const after = await openStreams(plain) + await openStreams(sockets);
    return {
      figures: {
        "patience of the gateway": inMs(gateway.patienceMs),
        "server-sent events behind it, all noticed after": inMs(plainMs ?? Infinity),
        "WebSockets, all noticed after": inMs(socketsMs ?? Infinity),
      },
      checks: [
        exactly("streams before the network was gone", before, 2 * READERS),
        exactly("streams that still count as open", after, 0),
        atMostMs("all clients are noticed within", slowestMs, NOTICED_WITHIN_MS),
      ],
      faults: [],
      goals: [{
        id: "G12",
        value: after > 0 ? Infinity : slowestMs / 1_000,
        beside: [
          `${READERS} each: server-sent events behind the gateway's limit ${
            inMs(plainMs ?? Infinity)
          }, WebSockets ${inMs(socketsMs ?? Infinity)}`,
        ],
      }],
    };
  },
};

/** How long after `sinceMs` the streamer has no stream any more, or gives up to wait. */
async function untilNoticed(streamer: StreamerSlot, sinceMs: number): Promise<number> {
  while (await openStreams(streamer) > 0) {
    if (performance.now() - sinceMs > 2 * NOTICED_WITHIN_MS) break;
    await sleep(200);
  }
  return performance.now() - sinceMs;
}

async function openStreams(streamer: StreamerSlot): Promise<number> {
  return Number(/^tf_stream_connections\{.*\} (\d+)/m.exec(await streamer.metrics())?.[1]);
}

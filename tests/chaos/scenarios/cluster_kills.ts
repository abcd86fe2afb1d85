/** One of three NATS servers at a time is killed, asked to end, or hangs (F2). */
import { jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, streamName } from "../../../actors/platform/mod.ts";
import { eventually, sleep } from "../../support/eventually.ts";
import { Load } from "../load.ts";
import { atMostMs, historyFigures, quantile, sound, spread } from "../measure.ts";
import type { NatsNode } from "../nats_nodes.ts";
import type { Random } from "../random.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge, untilReplicated } from "../verdict.ts";

const HANG_MS = 6_000;
const WAYS = ["SIGKILL", "SIGKILL", "SIGKILL", "SIGTERM", "hang"] as const;
const ROLES = ["leader of the log", "leader of the mailbox", "follower"] as const;

export const clusterKills: Scenario = {
  name: "cluster-kills",
  about:
    "One of three replicating NATS servers is killed (3 of 5), asked to end, or hangs for 6 s, under load.",
  defaults: { short: { kills: 1 }, long: { kills: 50 } },
  run: async ({ kills, random, short, say }) => {
    await using site = await Site.start({ nodes: 3, hosts: short ? 1 : 3 });
    const load = new Load(await site.connect("load"), random);
    await load.served(performance.now(), PATIENCE_MS);
    const stallsMs: number[] = [];
    const electionsMs: number[] = [];
    const struck = new Map<string, number>();
    for (let i = 0; i < kills; i++) {
      await sleep(200 + random.below(800));
      const role = random.pick(ROLES);
      const way = short ? "SIGKILL" : random.pick(WAYS);
      const node = await nodeIn(role, site, random);
      const atMs = performance.now();
      const [stallMs, electionMs] = await Promise.all([
        load.served(atMs, PATIENCE_MS),
        untilLed(site, node, atMs),
        down(node, way),
      ]);
      stallsMs.push(stallMs);
      electionsMs.push(electionMs);
      struck.set(`${role}, ${way}`, (struck.get(`${role}, ${way}`) ?? 0) + 1);
      await untilReplicated(site);
      if (i % 5 === 4) say(`${i + 1} of ${kills} servers, stall ${spread(stallsMs)}`);
    }
    const verdict = await judge(site, load, { timers: !short });
    return {
      figures: {
        ...Object.fromEntries([...struck].sort().map(([what, n]) => [`struck: ${what}`, n])),
        "until every group is served again": spread(stallsMs),
        "of that, until mailbox and log have a leader": spread(electionsMs),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        atMostMs("longest stall", Math.max(...stallsMs), 10_000),
        atMostMs("p99 of stalls", quantile(stallsMs, 0.99), 10_000),
      ],
      faults: verdict.faults,
    };
  },
};

/** How long it takes until the streams are led by another server than `node`, or by it again. */
async function untilLed({ connection }: Site, node: NatsNode, sinceMs: number): Promise<number> {
  const led = async (kind: "CMD" | "EV") => {
    const leader = await leaderOf(connection, streamName(kind, 0));
    return leader !== undefined && leader !== "" && (leader !== node.name || node.running);
  };
  await eventually(async () => await led("CMD") && await led("EV"), "leaders", PATIENCE_MS);
  return performance.now() - sinceMs;
}

/** Takes a server down in some way and brings it back, whole. */
async function down(node: NatsNode, way: typeof WAYS[number]): Promise<void> {
  if (way === "hang") {
    await node.pause();
    await sleep(HANG_MS);
    node.resume();
  } else {
    await node.end(way);
    await sleep(1_000);
    await node.start();
  }
  await node.untilHealthy();
}

async function nodeIn(role: typeof ROLES[number], site: Site, random: Random): Promise<NatsNode> {
  const kind = role === "leader of the mailbox" ? "CMD" : "EV";
  const leader = await leaderOf(site.connection, streamName(kind, 0));
  const isLeader = ({ name }: NatsNode) => name === leader;
  return random.pick(
    site.nodes.filter((node) => role === "follower" ? !isLeader(node) : isLeader(node)),
  );
}

async function leaderOf(connection: NatsConnection, stream: string): Promise<string | undefined> {
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 500 });
  return (await manager.streams.info(stream)).cluster?.leader;
}

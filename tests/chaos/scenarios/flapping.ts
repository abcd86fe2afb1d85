/** A link that comes and goes every second leaves nothing behind (F15). */
import { jetstreamManager } from "@nats-io/jetstream";
import { streamName } from "../../../actors/platform/mod.ts";
import { eventually, sleep } from "../../support/eventually.ts";
import { Load } from "../load.ts";
import { atMostMs, historyFigures, inMs, sound } from "../measure.ts";
import { type Check, PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

/** How long the server keeps a consumer that nobody reads: the client library's choice, and some more. */
const CONSUMER_GRACE_MS = 330_000;
const MEMORY_GROWTH_MB = 64;

export const flapping: Scenario = {
  name: "flapping",
  about: "The link of one of two hosts is cut for 1 s and open for 1 s, again and again.",
  defaults: { short: { seconds: 6 }, long: { seconds: 60 } },
  run: async ({ seconds, random, short }) => {
    await using site = await Site.start({ nodes: 1, hosts: 2 });
    const load = new Load(await site.connect("load"), random);
    await load.served(performance.now(), PATIENCE_MS);
    const [host, steady] = site.hosts;
    if (!host?.proxy || !steady) throw new Error("There are no two hosts with proxies");
    const { proxy } = host;
    const before = {
      consumers: await consumersOf(site),
      memoryMb: memoryMbOf(host.pid),
      steadyMb: memoryMbOf(steady.pid),
    };
    for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs;) {
      proxy.refuse(true);
      proxy.cut();
      await sleep(1_000);
      proxy.refuse(false);
      await sleep(1_000);
    }
    const calmAtMs = performance.now();
    const servedMs = await load.served(calmAtMs, PATIENCE_MS);
    await eventually(() => host.isReady(), `${host.name} to be ready again`, PATIENCE_MS);
    const readyMs = performance.now() - calmAtMs;
    const grownMb = memoryMbOf(host.pid) - before.memoryMb;
    const steadyMb = memoryMbOf(steady.pid) - before.steadyMb;
    const left = await consumersOf(site) - before.consumers;
    if (!short) {
      await eventually(
        async () => await consumersOf(site) <= before.consumers,
        "the server to let go of consumers that nobody reads",
        CONSUMER_GRACE_MS,
      );
    }
    const goneMs = performance.now() - calmAtMs;
    const verdict = await judge(site, load);
    const memory: Check = {
      what: "memory that the host gained, more than the steady one",
      kind: "truth",
      limit: `≤ ${MEMORY_GROWTH_MB} MB`,
      measured: `${grownMb - steadyMb} MB`,
      ok: grownMb - steadyMb <= MEMORY_GROWTH_MB,
    };
    return {
      figures: {
        "connections made": proxy.accepted,
        "memory that the host and the steady one gained": `${grownMb} MB, ${steadyMb} MB`,
        "consumers that nobody reads, when it was calm": left,
        ...(short ? {} : { "all of them gone after": inMs(goneMs) }),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        atMostMs("every group served again", servedMs, 10_000),
        atMostMs("host ready again", readyMs, 10_000),
        memory,
      ],
      faults: verdict.faults,
    };
  },
};

async function consumersOf({ connection }: Site): Promise<number> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const infos = await Promise.all(
    (["CMD", "EV"] as const).map((kind) => manager.streams.info(streamName(kind, 0))),
  );
  return infos.reduce((sum, { state }) => sum + state.consumer_count, 0);
}

/** Resident memory of a process of this machine, in MB; see proc_pid_status(5). */
function memoryMbOf(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024);
}

/** The way between one host and NATS fails in every way a network can (F14). */
import { eventually, sleep } from "../../support/eventually.ts";
import type { FaultProxy } from "../fault_proxy.ts";
import { Load } from "../load.ts";
import { atMostMs, historyFigures, sound, spread } from "../measure.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

/** What is done to the way, by what it is like. */
const FAILURES: Readonly<Record<string, (proxy: FaultProxy) => void>> = {
  "nothing passes, connections stay": (proxy) => proxy.hold("up", "down"),
  "nothing reaches NATS": (proxy) => proxy.hold("up"),
  "nothing reaches the host": (proxy) => proxy.hold("down"),
  "connections are cut and refused": (proxy) => {
    proxy.refuse(true);
    proxy.cut();
  },
  "connections are cut once": (proxy) => proxy.cut(),
  "everything is 150 ms late": (proxy) => proxy.delay(150),
};

/** How long the last cut of a long run lasts: the others have long done without, and forgotten, the host. */
const LONGEST_MS = 120_000;
const LONGEST = "connections are cut and refused";

export const partitions: Scenario = {
  name: "partitions",
  about:
    "The way between one of three hosts and NATS fails for 5 to 15 s, in six ways, and for 120 s once.",
  defaults: { short: { kills: 2 }, long: { kills: 24 } },
  run: async ({ kills, random, short, say }) => {
    await using site = await Site.start({ nodes: 1, hosts: 3 });
    const load = new Load(await site.connect("load"), random);
    await load.served(performance.now(), PATIENCE_MS);
    const names = Object.keys(FAILURES);
    const servedMs = new Map(names.map((name) => [name, [] as number[]]));
    for (let i = 0; i < kills; i++) {
      const isLongest = !short && i === kills - 1;
      const name = isLongest ? LONGEST : names[i % names.length] ?? "";
      const { proxy, host } = reachable(site, random.below(site.hosts.length));
      const atMs = performance.now();
      FAILURES[name]?.(proxy);
      servedMs.get(name)?.push(await load.served(atMs, PATIENCE_MS));
      const lastsMs = short ? 3_000 : isLongest ? LONGEST_MS : 5_000 + random.below(10_000);
      await sleep(Math.max(0, atMs + lastsMs - performance.now()));
      proxy.refuse(false);
      proxy.delay(0);
      proxy.release();
      await eventually(() => host.isReady(), `${host.name} to be ready again`, PATIENCE_MS);
      await load.served(performance.now(), PATIENCE_MS);
      if (i % names.length === names.length - 1) say(`${i + 1} of ${kills} failures`);
    }
    const verdict = await judge(site, load);
    const all = [...servedMs.values()].flat();
    return {
      figures: {
        ...Object.fromEntries(
          [...servedMs].filter(([, times]) => times.length > 0)
            .map(([name, times]) => [`${name}: ${times.length}, served again`, spread(times)]),
        ),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        atMostMs("longest until every group is served again", Math.max(...all), 10_000),
      ],
      faults: verdict.faults,
    };
  },
};

function reachable(site: Site, index: number) {
  const host = site.hosts[index];
  if (!host?.proxy) throw new Error(`Host ${index} has no proxy`);
  return { host, proxy: host.proxy };
}

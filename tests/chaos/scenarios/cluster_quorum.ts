/** Two of three NATS servers are down: nothing may be acknowledged that is not safe (F3). */
import { sleep } from "../../support/eventually.ts";
import type { Answered } from "../../support/history.ts";
import { Load } from "../load.ts";
import { atMostMs, exactly, historyFigures, sound, spread } from "../measure.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge, untilReplicated } from "../verdict.ts";

const DOWN_MS = 6_000;

export const clusterQuorum: Scenario = {
  name: "cluster-quorum",
  about: "Two of three replicating NATS servers are killed at once and come back 6 s later.",
  defaults: { short: { kills: 1 }, long: { kills: 10 } },
  run: async ({ kills, random, say }) => {
    await using site = await Site.start({ nodes: 3, hosts: 2 });
    const load = new Load(await site.connect("load"), random, { patienceMs: 90_000 });
    await load.served(performance.now(), PATIENCE_MS);
    const healthyMs: number[] = [];
    const outages: [number, number][] = [];
    for (let i = 0; i < kills; i++) {
      await sleep(random.below(500));
      const spared = random.pick(site.nodes);
      const victims = site.nodes.filter((node) => node !== spared);
      await Promise.all(victims.map((node) => node.end("SIGKILL")));
      const goneAtMs = performance.now();
      await sleep(DOWN_MS);
      outages.push([goneAtMs, performance.now()]);
      const [first] = victims;
      await first?.start();
      // With two of three there is a quorum.
      healthyMs.push(await load.served(performance.now(), PATIENCE_MS));
      await Promise.all(victims.slice(1).map((node) => node.start()));
      await untilReplicated(site);
      say(`${i + 1} of ${kills} outages, served again ${spread(healthyMs)}`);
    }
    const verdict = await judge(site, load);
    const isFalse = ({ outcome, sentAtMs, answeredAtMs }: Answered) =>
      outcome !== "unknown" &&
      outages.some(([from, to]) => sentAtMs > from && answeredAtMs < to);
    return {
      figures: {
        "outages": outages.length,
        "every group served again after the second server listens": spread(healthyMs),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        exactly("outcomes given while two were down", verdict.history.filter(isFalse).length, 0),
        atMostMs("longest wait for any answer", load.longestAttemptMs, 5_000),
        atMostMs("longest until served again", Math.max(...healthyMs), 15_000),
      ],
      faults: verdict.faults,
    };
  },
};

/** The only NATS server is killed under load and comes back with everything it acknowledged (F1). */
import { sleep } from "../../support/eventually.ts";
import { Load } from "../load.ts";
import { atMostMs, historyFigures, sound, spread } from "../measure.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

export const natsKills: Scenario = {
  name: "nats-kills",
  about: "The only NATS server is killed with SIGKILL under load and started again on its data.",
  defaults: { short: { kills: 2 }, long: { kills: 50 } },
  run: async ({ kills, random, say }) => {
    await using site = await Site.start({ nodes: 1, hosts: 1 });
    const load = new Load(await site.connect("load"), random);
    await load.served(performance.now(), PATIENCE_MS);
    const backMs: number[] = [];
    const [node] = site.nodes;
    for (let i = 0; node && i < kills; i++) {
      await sleep(200 + random.below(800));
      await node.end("SIGKILL");
      await sleep(random.below(400));
      await node.start();
      backMs.push(await load.served(performance.now(), PATIENCE_MS));
      if (i % 10 === 9) say(`${i + 1} of ${kills} kills, writes back after ${spread(backMs)}`);
    }
    const verdict = await judge(site, load);
    return {
      figures: {
        "servers killed": backMs.length,
        "mailbox entries gone before they were seen": site.tap.missed,
        "every group served again after it listens": spread(backMs),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        atMostMs("writes back after it listens, at most", Math.max(...backMs), 5_000),
      ],
      faults: verdict.faults,
    };
  },
};

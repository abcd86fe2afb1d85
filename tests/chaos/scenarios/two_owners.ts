/** Two hosts that both believe they own every block: the log alone keeps them apart. */
import { sleep } from "../../support/eventually.ts";
import { Load } from "../load.ts";
import { historyFigures, sound } from "../measure.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

export const twoOwners: Scenario = {
  name: "two-owners",
  about: "Two hosts own every block at the same time and decide every command twice.",
  defaults: { short: { seconds: 4 }, long: { seconds: 60 } },
  run: async ({ seconds, random }) => {
    await using site = await Site.start({ nodes: 1, hosts: 2, ownsAll: true });
    const load = new Load(await site.connect("load"), random, { thinkMs: 20 });
    await load.served(performance.now(), PATIENCE_MS);
    await sleep(seconds * 1_000);
    const verdict = await judge(site, load);
    return {
      figures: { "seconds": seconds, ...historyFigures(verdict, load.setbacks) },
      checks: sound(verdict),
      faults: verdict.faults,
    };
  },
};

/** A deploy: hosts are asked to end and started again, one after the other, and nobody notices (F20). */
import { sleep } from "../../support/eventually.ts";
import { handoverChecks, handoverFigures } from "../handovers.ts";
import { Load } from "../load.ts";
import { atMostMs, exactly, historyFigures, quantile, sound, spread, waits } from "../measure.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

const HOSTS = 3;

export const rollingRestart: Scenario = {
  name: "rolling-restart",
  about: `${HOSTS} hosts get SIGTERM and a successor, one after the other, under load.`,
  defaults: { short: { kills: 3 }, long: { kills: 30 } },
  run: async ({ kills, random }) => {
    await using site = await Site.start({ nodes: 1, hosts: HOSTS });
    const load = new Load(await site.connect("load"), random);
    await load.served(performance.now(), PATIENCE_MS);
    const drainsMs: number[] = [];
    const codes: number[] = [];
    for (let i = 0; i < kills; i++) {
      const host = site.hosts[i % HOSTS];
      const atMs = performance.now();
      codes.push((await host?.end("SIGTERM"))?.code ?? -1);
      drainsMs.push(performance.now() - atMs);
      await host?.start();
      await load.served(performance.now(), PATIENCE_MS);
      await sleep(500);
    }
    const verdict = await judge(site, load);
    const handovers = site.hosts.flatMap((host) => host.handovers);
    const failed = Object.entries(load.setbacks)
      .reduce((sum, [what, times]) => what === "stored, outcome late" ? sum : sum + times, 0);
    const repeated = verdict.history.filter(({ attempts }) => attempts > 1).length;
    return {
      figures: {
        "restarts": kills,
        "from SIGTERM to the end of the host": spread(drainsMs),
        ...handoverFigures(handovers),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        // A command that is repeated because its outcome was slow to come is a matter of time.
        exactly("attempts that were refused or not acknowledged", failed, 0),
        exactly("commands that had to be repeated", repeated, 0, "time"),
        exactly("hosts that did not end in order", codes.filter((code) => code !== 0).length, 0),
        atMostMs("p99 of commands", quantile(waits(verdict.history), 0.99), 1_000),
        ...handoverChecks(handovers, ["given", "handed"]),
      ],
      faults: verdict.faults,
    };
  },
};

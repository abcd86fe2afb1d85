/** Leaders of a NATS cluster are told to step down again and again, and a server to go lame duck (F2). */
import { streamName } from "../../../actors/platform/mod.ts";
import { sleep } from "../../support/eventually.ts";
import { Load } from "../load.ts";
import { atMostMs, historyFigures, sound, spread } from "../measure.ts";
import { type Check, PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge, untilReplicated } from "../verdict.ts";

const STREAMS = (["EV", "CMD", "TIMER"] as const).map((kind) => streamName(kind, 0));
/** Between two step-downs: less than an election may take. */
const EVERY_MS = 300;
const ANSWER_MS = 2_000;

export const stepDowns: Scenario = {
  name: "step-downs",
  about:
    "The leaders of log, mailbox and timers in a cluster of three are told to step down every " +
    `${EVERY_MS} ms, and in a long run each server is sent away as a lame duck in turn.`,
  defaults: { short: { seconds: 1 }, long: { seconds: 60 } },
  run: async ({ seconds, random, short, say }) => {
    await using site = await Site.start({ nodes: 3, hosts: short ? 1 : 3 });
    const load = new Load(await site.connect("load"), random, { patienceMs: 90_000 });
    await load.served(performance.now(), PATIENCE_MS);
    const granted = await storm(site, seconds * 1_000);
    const calmMs = await load.served(performance.now(), PATIENCE_MS);
    const lameMs: number[] = [];
    for (const node of short ? [] : site.nodes) {
      await untilReplicated(site);
      const atMs = performance.now();
      const [servedMs] = await Promise.all([load.served(atMs, PATIENCE_MS), node.end("SIGUSR2")]);
      lameMs.push(servedMs);
      await node.start();
      await node.untilHealthy();
      say(`${lameMs.length} of ${site.nodes.length} lame ducks, served ${spread(lameMs)}`);
    }
    const verdict = await judge(site, load, { timers: !short });
    const stepped: Check = {
      what: "leaders that stepped down",
      kind: "truth",
      limit: "> 0",
      measured: String(granted),
      ok: granted > 0,
    };
    return {
      figures: {
        "every group served after the storm": spread([calmMs]),
        ...(short ? {} : { "every group served after a lame duck was told": spread(lameMs) }),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        stepped,
        atMostMs("longest wait for any answer", load.longestAttemptMs, 5_000),
        atMostMs("longest until served", Math.max(calmMs, ...lameMs), 10_000),
      ],
      faults: verdict.faults,
    };
  },
};

/** Tells leaders to step down for so long; how many did. */
async function storm({ connection }: Site, ms: number): Promise<number> {
  const answers: Promise<boolean>[] = [];
  const endMs = performance.now() + ms;
  for (let i = 0; performance.now() < endMs; i++) {
    const stream = STREAMS[i % STREAMS.length];
    answers.push(
      connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`, "", { timeout: ANSWER_MS })
        .then(
          (answer) => answer.json<{ readonly success?: boolean }>().success === true,
          // While a stream has no leader, nobody answers.
          () => false,
        ),
    );
    await sleep(EVERY_MS);
  }
  return (await Promise.all(answers)).filter(Boolean).length;
}

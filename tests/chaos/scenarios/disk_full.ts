/** The disk of the only NATS server is full: it refuses honestly, loses nothing, and goes on with room (F16). */
import { eventually, sleep } from "../../support/eventually.ts";
import { Load } from "../load.ts";
import { atMostMs, historyFigures, sound, spread } from "../measure.ts";
import type { NatsNode } from "../nats_nodes.ts";
import { type Check, PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

/** What still fits when the load begins, and how heavy todos are, so that it does not last long. */
const ROOM_BYTES = 12_000_000;
const DESCRIPTION_BYTES = 15_000;
const FULL_MS = { short: 500, long: 8_000 };
const REFUSED = "refused: storage-full";
/** Refusals after which it is called full: a single one may come before the mailbox is purged. */
const REFUSALS = 20;

export const diskFull: Scenario = {
  name: "disk-full",
  about:
    "The storage of the only NATS server fills up under load; it gets more some seconds later.",
  defaults: { short: { kills: 1 }, long: { kills: 5 } },
  run: async ({ kills, random, short, say }) => {
    await using site = await Site.start({ nodes: 1, hosts: short ? 1 : 2 });
    const [node] = site.nodes;
    if (!node) throw new Error("There is no server");
    const load = new Load(await site.connect("load"), random, {
      descriptionBytes: DESCRIPTION_BYTES,
      patienceMs: 90_000,
    });
    await load.served(performance.now(), PATIENCE_MS);
    const refusals = () => load.setbacks[REFUSED] ?? 0;
    const servedMs: number[] = [];
    let leastRefused = Infinity;
    for (let i = 0; i < kills; i++) {
      const before = refusals();
      await restart(node, await node.storedBytes() + ROOM_BYTES);
      await eventually(
        () => refusals() >= before + REFUSALS,
        "the storage to be full",
        PATIENCE_MS,
      );
      await sleep(FULL_MS[short ? "short" : "long"]);
      leastRefused = Math.min(leastRefused, refusals() - before);
      await restart(node);
      servedMs.push(await load.served(performance.now(), PATIENCE_MS));
      say(`${i + 1} of ${kills} times full, served again ${spread(servedMs)}`);
    }
    const verdict = await judge(site, load);
    const refused: Check = {
      what: "attempts refused for want of storage, each time",
      kind: "truth",
      limit: `≥ ${REFUSALS}`,
      measured: leastRefused.toLocaleString("en"),
      ok: leastRefused >= REFUSALS,
    };
    return {
      figures: {
        "times full": kills,
        "every group served again with room": spread(servedMs),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        refused,
        atMostMs("longest wait for any answer", load.longestAttemptMs, 5_000),
        atMostMs("longest until served again", Math.max(...servedMs), 10_000),
      ],
      faults: verdict.faults,
    };
  },
};

/** Ends the server in order and starts it with room for so many bytes in all. */
async function restart(node: NatsNode, storeBytes?: number): Promise<void> {
  await node.end("SIGTERM");
  await node.limitStore(storeBytes);
  await node.start();
}

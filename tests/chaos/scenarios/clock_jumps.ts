/**
 * The wall clocks of hosts are wrong and jump, forth and back. Nothing may depend on them: order is the
 * log's, hosts watch each other by clocks that only go forward, and time itself is the server's.
 */
import { sleep } from "../../support/eventually.ts";
import { FakeClock } from "../fake_clock.ts";
import type { HostSlot } from "../hosts.ts";
import { Load } from "../load.ts";
import { atMostMs, exactly, historyFigures, quantile, sound, waits } from "../measure.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

const HOSTS = 3;
const MOST_SECONDS = 3_600;
/** Longer than a server keeps the text of the date. */
const BETWEEN_JUMPS_MS = 1_500;
/** Of the time that a host tells, against the real one. */
const TOLERANCE_SECONDS = 5;

export const clockJumps: Scenario = {
  name: "clock-jumps",
  about:
    "The wall clocks of three hosts are up to an hour wrong and jump by as much, forth and back. The server's " +
    "does not: its runtime asks the kernel itself.",
  defaults: { short: { kills: 6 }, long: { kills: 120 } },
  run: async ({ kills, random, say }) => {
    await using clocks = new AsyncDisposableStack();
    const clockOf = await Promise.all(
      Array.from({ length: HOSTS }, async () => clocks.use(await FakeClock.create())),
    );
    const offset = () => Math.round((random.next() * 2 - 1) * MOST_SECONDS);
    for (const clock of clockOf) await clock.jump(offset());
    await using site = await Site.start({
      nodes: 1,
      hosts: HOSTS,
      hostEnv: (index) => clockOf[index]?.env ?? {},
    });
    const load = new Load(await site.connect("load"), random);
    await load.served(performance.now(), PATIENCE_MS);
    const takenBefore = takeovers(site.hosts);
    const forth = { jumps: 0, shown: 0 };
    for (let i = 0; i < kills; i++) {
      const index = random.below(HOSTS);
      const [host, clock] = [site.hosts[index], clockOf[index]];
      if (!host || !clock) continue;
      await clock.jump(i === 0 ? MOST_SECONDS : offset());
      await sleep(BETWEEN_JUMPS_MS);
      // A server keeps the text of the newest date.
      if (clock.offsetSeconds === clock.farthestSeconds) {
        forth.jumps++;
        if (await believes(host, clock)) forth.shown++;
      }
      if (i % 20 === 19) say(`  ${i + 1} of ${kills} jumps`);
    }
    const moved = takeovers(site.hosts) - takenBefore;
    const verdict = await judge(site, load);
    const { history } = verdict;
    return {
      figures: { "jumps": kills, ...historyFigures(verdict, load.setbacks) },
      checks: [
        ...sound(verdict),
        exactly(
          "jumps to farther ahead than ever that the host then told",
          forth.shown,
          forth.jumps,
        ),
        exactly("blocks that changed hands", moved, 0, "time"),
        atMostMs("p99 of commands", quantile(waits(history), 0.99), 1_000),
      ],
      faults: verdict.faults,
    };
  },
};

/** How many blocks hosts have taken so far. */
function takeovers(hosts: readonly HostSlot[]): number {
  return hosts.reduce((sum, { handovers }) => sum + handovers.length, 0);
}

/** Whether the host tells the time that its clock shows. */
async function believes(host: HostSlot, clock: FakeClock): Promise<boolean> {
  const aheadMs = await host.toldMs() - Date.now();
  return Math.abs(aheadMs / 1_000 - clock.offsetSeconds) < TOLERANCE_SECONDS;
}

/**
 * One group takes 1,000 commands a second. What its neighbours feel is compared with what they feel when
 * the same number of commands is spread over many groups, in turns, and with what they feel in quiet.
 */
import { Load } from "../load.ts";
import { exactly, historyFigures, inMs, quantile, sound, spread, waits } from "../measure.ts";
import { type Poured, Pourer } from "../pourer.ts";
import { type Check, PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

const PER_SECOND = 1_000;
const SPREAD_OVER = 50;
/** Neighbours of which hardly anybody hears. */
const QUIET_GROUPS = 10_000;
const QUIET_PER_SECOND = 100;
const ROUNDS = 30;
const MODES = ["quiet", "spread", "hot"] as const;
type Mode = typeof MODES[number];

export const hotGroup: Scenario = {
  name: "hot-group",
  about:
    `One group takes ${PER_SECOND} commands a second next to a dozen busy ones and ${QUIET_GROUPS} quiet ones, ` +
    `which take ${QUIET_PER_SECOND} together. Its neighbours' p99 is held against ` +
    "the same rate spread over many groups: whether it all goes to one group is what this is about. " +
    "Against quiet, on a machine whose two cores run servers, host, neighbours and senders alike, the " +
    "figure says how busy the machine is, not what the group does to others; it is given beside it.",
  defaults: { short: { seconds: 12 }, long: { seconds: 300 } },
  run: async ({ seconds, random, short }) => {
    await using site = await Site.start({ nodes: 1, hosts: 1, breakable: false });
    const load = new Load(await site.connect("load"), random, { thinkMs: 40 });
    using pourer = await Pourer.start({
      url: site.url,
      groups: 1 + SPREAD_OVER,
      todosPerGroup: 50,
      perSecond: PER_SECOND,
    });
    using quiet = await Pourer.start({
      url: site.url,
      groups: short ? QUIET_GROUPS / 100 : QUIET_GROUPS,
      todosPerGroup: 1,
      perSecond: QUIET_PER_SECOND,
    });
    await load.served(performance.now(), PATIENCE_MS);
    const windowMs = seconds * 1_000 / (ROUNDS * MODES.length);
    const neighbours: Record<Mode, number[]> = { quiet: [], spread: [], hot: [] };
    const poured: Record<Mode, Poured[]> = { quiet: [], spread: [], hot: [] };
    let uncommitted = 0;
    for (let round = 0; round < ROUNDS; round++) {
      // What comes first in one round comes last in the next.
      for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
        const from = load.history.length;
        const quietly = quiet.pour({ from: 0, to: QUIET_GROUPS, ms: windowMs });
        if (mode !== "quiet") {
          const into = mode === "hot" ? { from: 0, to: 1 } : { from: 1, to: 1 + SPREAD_OVER };
          const done = await pourer.pour({ ...into, ms: windowMs });
          poured[mode].push(done);
          uncommitted += done.uncommitted;
        }
        const done = await quietly;
        uncommitted += done.uncommitted;
        neighbours[mode].push(...waits(load.history.slice(from)), ...done.waitedMs);
      }
    }
    const verdict = await judge(site, load);
    const p99 = (mode: Mode) => quantile(neighbours[mode], 0.99);
    const rise = p99("hot") / p99("spread") - 1;
    const overQuiet = p99("hot") / p99("quiet") - 1;
    const own = (mode: Mode) => poured[mode].flatMap(({ waitedMs }) => waitedMs);
    const hotMs = poured.hot.reduce((total, { tookMs }) => total + tookMs, 0);
    const rate = own("hot").length / (hotMs / 1_000);
    const unharmed: Check = {
      what: "neighbours' p99, hot against spread",
      kind: "time",
      limit: "≤ +10 %",
      measured: inPercent(rise),
      ok: rise <= 0.1,
    };
    const rates: Check = {
      what: "commands a second of the hot group",
      kind: "time",
      limit: `≥ ${0.95 * PER_SECOND}`,
      measured: rate.toFixed(0),
      ok: rate >= 0.95 * PER_SECOND,
    };
    return {
      figures: {
        "the hot group's commands": spread(own("hot")),
        "the same number over many groups": spread(own("spread")),
        "neighbours' p99, hot against quiet: the machine's load too": inPercent(overQuiet),
        "neighbours' p99: quiet, spread, hot": MODES.map((mode) => inMs(p99(mode))).join(", "),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        exactly("poured commands not committed", uncommitted, 0),
        rates,
        unharmed,
      ],
      faults: verdict.faults,
    };
  },
};

function inPercent(share: number): string {
  return `${share > 0 ? "+" : ""}${(share * 100).toFixed(0)} %`;
}

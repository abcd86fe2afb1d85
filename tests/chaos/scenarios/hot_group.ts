/**
 * One group takes 1,000 commands a second. What its neighbours feel is compared with what they feel when
 * the same number of commands is spread over many groups, in turns, and with what they feel in quiet.
 */
import { newId } from "../../../actors/protocol/mod.ts";
import { NatsMailbox } from "../../../edge/commands/mod.ts";
import type { Answered } from "../../support/history.ts";
import { sleep } from "../../support/eventually.ts";
import { Attempts } from "../attempts.ts";
import { Load } from "../load.ts";
import { exactly, historyFigures, inMs, quantile, sound, spread, waits } from "../measure.ts";
import { type Check, PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

const OWNER = "owner";
const PER_SECOND = 1_000;
const SPREAD_OVER = 50;
const TICK_MS = 10;
/** What the poured commands rename, in turn: a group may hold only so many todos. */
const TODOS_PER_GROUP = 50;
const ROUNDS = 10;
const MODES = ["quiet", "spread", "hot"] as const;
type Mode = typeof MODES[number];

/** A group that commands are poured into. */
interface Target {
  readonly groupId: string;
  readonly todoIds: string[];
}

export const hotGroup: Scenario = {
  name: "hot-group",
  about:
    `One group takes ${PER_SECOND} commands a second next to others. Its neighbours' p99 is held against ` +
    "the same rate spread over many groups: whether it all goes to one group is what this is about. " +
    "The rise is the median of the rounds: a hiccup of the machine falls into one window and would " +
    "decide a p99 over all of them, which is given beside it. " +
    "Against quiet, on a machine whose two cores run servers, host, neighbours and senders alike, the " +
    "figure says how busy the machine is, not what the group does to others; it is given beside it.",
  defaults: { short: { seconds: 12 }, long: { seconds: 120 } },
  run: async ({ seconds, random }) => {
    await using site = await Site.start({ nodes: 1, hosts: 1 });
    const load = new Load(await site.connect("load"), random, { thinkMs: 40 });
    const mailbox = new NatsMailbox(await site.connect("hot"), {
      deadlineMs: 2_000,
      maxInFlight: 10_000,
    });
    const attempts = new Attempts(mailbox, PATIENCE_MS);
    const targets: Target[] = [];
    const send = (groupId: string, body: object) =>
      attempts.send(
        { command_id: newId(), group_id: groupId, actor: OWNER, ...body } as Parameters<
          Attempts["send"]
        >[0],
        true,
      );
    const create = { type: "group.create", payload: { name: "Hot" } };
    await Promise.all(Array.from({ length: SPREAD_OVER }, async () => {
      const target: Target = { groupId: newId(), todoIds: [] };
      await send(target.groupId, create);
      for (let i = 0; i < TODOS_PER_GROUP; i++) {
        const todo_id = newId();
        await send(target.groupId, { type: "todo.create", payload: { todo_id, title: "Hot" } });
        target.todoIds.push(todo_id);
      }
      targets.push(target);
    }));
    await load.served(performance.now(), PATIENCE_MS);
    const windowMs = seconds * 1_000 / (ROUNDS * MODES.length);
    const neighbours: Record<Mode, number[]> = { quiet: [], spread: [], hot: [] };
    const own: Record<Mode, Answered[]> = { quiet: [], spread: [], hot: [] };
    const rises: number[] = [];
    let hotMs = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const p99s: Record<Mode, number> = { quiet: NaN, spread: NaN, hot: NaN };
      // What comes first in one round comes last in the next.
      for (const mode of round % 2 === 0 ? MODES : MODES.toReversed()) {
        const from = load.history.length;
        const startedAt = performance.now();
        if (mode === "quiet") await sleep(windowMs);
        else {
          const into = mode === "hot" ? targets.slice(0, 1) : targets.slice(1);
          own[mode].push(...await pour(into, windowMs, send));
        }
        if (mode === "hot") hotMs += performance.now() - startedAt;
        const waited = waits(load.history.slice(from));
        p99s[mode] = quantile(waited, 0.99);
        neighbours[mode].push(...waited);
      }
      rises.push(p99s.hot / p99s.spread - 1);
    }
    const verdict = await judge(site, load);
    mailbox[Symbol.dispose]();
    const p99 = (mode: Mode) => quantile(neighbours[mode], 0.99);
    const rise = quantile(rises, 0.5);
    const overSpread = p99("hot") / p99("spread") - 1;
    const overQuiet = p99("hot") / p99("quiet") - 1;
    const rate = own.hot.length / (hotMs / 1_000);
    const unharmed: Check = {
      what: "neighbours' p99, hot against spread, median of the rounds",
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
    const uncommitted = [...own.hot, ...own.spread]
      .filter(({ outcome }) => outcome !== "committed").length;
    return {
      figures: {
        "the hot group's commands": spread(waits(own.hot)),
        "the same number over many groups": spread(waits(own.spread)),
        "neighbours' p99, hot against spread, each round": rises.map(inPercent).join(", "),
        "neighbours' p99, hot against spread, all rounds": inPercent(overSpread),
        "neighbours' p99, hot against quiet: the machine's load too": inPercent(overQuiet),
        "neighbours' p99: quiet, spread, hot": MODES.map((mode) => inMs(p99(mode))).join(", "),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        exactly("commands of the hot group not committed", uncommitted, 0),
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

/** Sends {@link PER_SECOND} commands a second to `targets` in turn, whether answered or not. */
async function pour(
  targets: readonly Target[],
  ms: number,
  send: (groupId: string, body: object) => Promise<Answered>,
): Promise<Answered[]> {
  const answers: Promise<Answered>[] = [];
  const startedAt = performance.now();
  for (let now = startedAt; now < startedAt + ms; now = performance.now()) {
    const due = (now - startedAt) * PER_SECOND / 1_000;
    while (answers.length < due) {
      const { groupId = "", todoIds = [] } = targets[answers.length % targets.length] ?? {};
      const todo_id = todoIds[Math.floor(answers.length / targets.length) % todoIds.length];
      const payload = { todo_id, title: `Hot ${answers.length}` };
      answers.push(send(groupId, { type: "todo.update", payload }));
    }
    await sleep(TICK_MS);
  }
  return await Promise.all(answers);
}

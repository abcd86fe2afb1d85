/** Messages that are no commands are set aside and block nobody (F17). */
import { newId } from "../../../actors/protocol/mod.ts";
import { groupSubject } from "../../../actors/protocol/routing/mod.ts";
import { type NatsConnection, readFrom } from "../../../actors/platform/mod.ts";
import { NatsMailbox } from "../../../edge/commands/mod.ts";
import { sleep } from "../../support/eventually.ts";
import { Attempts } from "../attempts.ts";
import { Load } from "../load.ts";
import {
  atMostMs,
  exactly,
  historyFigures,
  inMs,
  quantile,
  sound,
  spread,
  waits,
} from "../measure.ts";
import { type Check, PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";
import { judge } from "../verdict.ts";

const OWNER = "owner";
const TURNS = 3;
/** Between two poisoned groups. */
const EVERY_MS = 200;
const NEARLY_A_MEGABYTE = 1_000_000;
/** How much of the others' p99 may be due to poison, in proportion. */
const RISE = 0.1;
/** And beside that: a garbage collection, and a megabyte's way through everything five times a second. */
const SLACK_MS = { small: 25, large: 100 };
const MODES = ["calm", "small", "large"] as const;
type Mode = typeof MODES[number];

/** Bytes that are no command of the group. */
function poisons(groupId: string): string[] {
  const command = (more: object) =>
    JSON.stringify({ command_id: newId(), group_id: groupId, actor: OWNER, ...more });
  return [
    "",
    "{ not json",
    "null",
    "[]",
    JSON.stringify({ ...JSON.parse(command({ type: "todo.create" })), group_id: newId() }),
    command({ type: "undo", payload: null }),
    command({ type: "todo.create", payload: null }),
    command({ type: "batch", payload: { commands: null } }),
    command({ type: "batch", payload: { commands: [null] } }),
    command({ type: "nothing.known", payload: {} }),
    command({ type: "batch", payload: { commands: [{ type: "nothing.known", payload: {} }] } }),
  ];
}

export const poison: Scenario = {
  name: "poison",
  about: "Messages that are no commands lie in the mailboxes of groups that are in use.",
  defaults: { short: { seconds: 5 }, long: { seconds: 60 } },
  run: async ({ seconds, random }) => {
    await using site = await Site.start({ nodes: 1, hosts: 2 });
    const load = new Load(await site.connect("load"), random);
    const connection = await site.connect("poison");
    const mailbox = new NatsMailbox(connection, { deadlineMs: 2_000, maxInFlight: 1_000 });
    const attempts = new Attempts(mailbox, PATIENCE_MS);
    await load.served(performance.now(), PATIENCE_MS);
    const others: Record<Mode, number[]> = { calm: [], small: [], large: [] };
    const passedMs: number[] = [];
    const victims: string[] = [];
    let sent = 0;
    const poisonOne = async (mode: Mode) => {
      const groupId = newId();
      victims.push(groupId);
      const about = { group_id: groupId, actor: OWNER };
      const create = { type: "group.create", payload: { name: "Poisoned" } } as const;
      await attempts.send({ command_id: newId(), ...about, ...create }, true);
      const large = mode === "large" ? ["x".repeat(NEARLY_A_MEGABYTE)] : [];
      for (const bytes of [...large, ...poisons(groupId)]) {
        connection.publish(groupSubject("command", groupId), bytes);
        sent++;
      }
      const next = { type: "todo.create", payload: { title: "Unharmed" } } as const;
      const answered = await attempts.send({ command_id: newId(), ...about, ...next }, true);
      passedMs.push(answered.answeredAtMs - answered.sentAtMs);
    };
    // In turns, so that whatever else the machine does falls on all of them.
    const windowMs = seconds * 1_000 / (TURNS * MODES.length);
    for (let turn = 0; turn < TURNS; turn++) {
      for (const mode of MODES) {
        const start = load.history.length;
        for (const endMs = performance.now() + windowMs; performance.now() < endMs;) {
          if (mode !== "calm") await poisonOne(mode);
          await sleep(EVERY_MS);
        }
        others[mode].push(...waits(load.history.slice(start)));
      }
    }
    const verdict = await judge(site, load);
    mailbox[Symbol.dispose]();
    const dead = await deadLetters(site.connection, victims);
    return {
      figures: {
        "poisoned groups, messages": `${victims.length}, ${sent}`,
        "until a command behind them was answered": spread(passedMs),
        "other groups without poison": spread(others.calm),
        "other groups, among small poison": spread(others.small),
        "other groups, among messages of a megabyte too": spread(others.large),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        exactly("messages that are not in the dead letters", sent - dead, 0),
        atMostMs("longest until a command behind them was answered", Math.max(...passedMs), 5_000),
        risen(others, "small"),
        risen(others, "large"),
      ],
      faults: verdict.faults,
    };
  },
};

/** Holds the p99 of other groups among poison against what it is without. */
function risen(others: Readonly<Record<Mode, readonly number[]>>, mode: "small" | "large"): Check {
  const [calmMs, poisonedMs] = [quantile(others.calm, 0.99), quantile(others[mode], 0.99)];
  const slackMs = SLACK_MS[mode];
  return {
    what: `p99 of other groups, without and among ${mode} poison`,
    kind: "time",
    limit: `≤ +${100 * RISE} % and ${slackMs} ms`,
    measured: `${inMs(calmMs)}, ${inMs(poisonedMs)}`,
    ok: poisonedMs <= calmMs * (1 + RISE) + slackMs,
  };
}

async function deadLetters(
  connection: NatsConnection,
  groupIds: readonly string[],
): Promise<number> {
  let count = 0;
  for (const groupId of groupIds) {
    const subject = `dlq.${groupSubject("command", groupId)}`;
    for await (const _ of readFrom(connection, "DLQ", subject, 1)) count++;
  }
  return count;
}

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
const NEARLY_A_MEGABYTE = 1_000_000;
/** How much the others' p99 may rise: in proportion, and what one garbage collection makes of it anyway. */
const RISE = { share: 0.1, slackMs: 25 };

/** Bytes that are no command of the group. */
function poisons(groupId: string): string[] {
  const command = (more: object) =>
    JSON.stringify({ command_id: newId(), group_id: groupId, actor: OWNER, ...more });
  return [
    "",
    "{ not json",
    "null",
    "[]",
    "x".repeat(NEARLY_A_MEGABYTE),
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
  defaults: { short: { seconds: 3 }, long: { seconds: 30 } },
  run: async ({ seconds, random }) => {
    await using site = await Site.start({ nodes: 1, hosts: 2 });
    const load = new Load(await site.connect("load"), random);
    const connection = await site.connect("poison");
    const mailbox = new NatsMailbox(connection, { deadlineMs: 2_000, maxInFlight: 1_000 });
    const attempts = new Attempts(mailbox, PATIENCE_MS);
    await load.served(performance.now(), PATIENCE_MS);
    const start = load.history.length;
    await sleep(seconds * 1_000);
    const calm = load.history.length;
    const passedMs: number[] = [];
    const victims: string[] = [];
    let sent = 0;
    for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs;) {
      const groupId = newId();
      victims.push(groupId);
      const about = { group_id: groupId, actor: OWNER };
      const create = { type: "group.create", payload: { name: "Poisoned" } } as const;
      await attempts.send({ command_id: newId(), ...about, ...create }, true);
      for (const bytes of poisons(groupId)) {
        connection.publish(groupSubject("command", groupId), bytes);
        sent++;
      }
      const next = { type: "todo.create", payload: { title: "Unharmed" } } as const;
      const answered = await attempts.send({ command_id: newId(), ...about, ...next }, true);
      passedMs.push(answered.answeredAtMs - answered.sentAtMs);
      await sleep(200);
    }
    const [before, during] = [load.history.slice(start, calm), load.history.slice(calm)].map(waits);
    const verdict = await judge(site, load);
    mailbox[Symbol.dispose]();
    const dead = await deadLetters(site.connection, victims);
    return {
      figures: {
        "poisoned groups, messages": `${victims.length}, ${sent}`,
        "until a command behind them was answered": spread(passedMs),
        "other groups before": spread(before ?? []),
        "other groups meanwhile": spread(during ?? []),
        ...historyFigures(verdict, load.setbacks),
      },
      checks: [
        ...sound(verdict),
        exactly("messages that are not in the dead letters", sent - dead, 0),
        atMostMs("longest until a command behind them was answered", Math.max(...passedMs), 5_000),
        risen(before ?? [], during ?? []),
      ],
      faults: verdict.faults,
    };
  },
};

/** Holds the others' p99 among poisoned groups against what it was before. */
function risen(before: readonly number[], during: readonly number[]): Check {
  const [calmMs, poisonedMs] = [quantile(before, 0.99), quantile(during, 0.99)];
  return {
    what: "p99 of other groups, before and meanwhile",
    kind: "time",
    limit: `≤ +${100 * RISE.share} % and ${RISE.slackMs} ms`,
    measured: `${inMs(calmMs)}, ${inMs(poisonedMs)}`,
    ok: poisonedMs <= calmMs * (1 + RISE.share) + RISE.slackMs,
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

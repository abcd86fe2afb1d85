/** The same command many times, at once and later, with other bodies and senders: one effect (F10, F18). */
import { type Command, newId } from "../../../actors/protocol/mod.ts";
import { NatsMailbox } from "../../../edge/commands/mod.ts";
import { type Answered, type Fault, readLog } from "../../support/history.ts";
import { findFaults, mailboxFaults } from "../../support/log_faults.ts";
import { inParallel } from "../../support/edge_user.ts";
import { sleep } from "../../support/eventually.ts";
import { Attempts } from "../attempts.ts";
import { exactly, sound, spread, waits } from "../measure.ts";
import { seeded } from "../random.ts";
import { PATIENCE_MS, type Scenario } from "../scenario.ts";
import { Site } from "../site.ts";

const GROUPS = 20;
const AT_ONCE = 32;
const OWNER = "owner";

export const duplicates: Scenario = {
  name: "duplicates",
  about:
    "Every command is sent two to six times, some with another body or sender, while hosts die.",
  defaults: { short: { kills: 1_000 }, long: { kills: 100_000 } },
  run: async ({ kills: sets, random, seed, say }) => {
    await using site = await Site.start({ nodes: 1, hosts: 2 });
    const client = new NatsMailbox(await site.connect("twins"), {
      deadlineMs: 2_000,
      maxInFlight: 10_000,
    });
    const attempts = new Attempts(client, PATIENCE_MS);
    const send = (command: Command) => attempts.send(command, true);
    const groupIds = Array.from({ length: GROUPS }, newId);
    const history: Answered[] = await Promise.all(groupIds.map((group_id) =>
      send({
        command_id: newId(),
        group_id,
        actor: OWNER,
        type: "group.create",
        payload: { name: "Twins" },
      })
    ));
    const faults: Fault[] = [];
    let done = 0;
    let sent = 0;
    const working = inParallel(Array(sets).keys(), AT_ONCE, async (i) => {
      const chance = seeded(seed + i);
      const command: Command = {
        command_id: newId(),
        group_id: groupIds[i % GROUPS] ?? "",
        actor: OWNER,
        type: "todo.create",
        payload: { title: `Twin ${i}` },
      };
      const impostors: Command[] = [
        { ...command, type: "todo.create", payload: { title: `Impostor ${i}` } },
        { ...command, actor: "stranger" },
      ];
      const others = Array.from(
        { length: 1 + chance.below(4) },
        () => chance.next() < 0.6 ? command : chance.pick(impostors),
      );
      const all = [command, ...others, command];
      const [last, ...rest] = all.toReversed();
      const answers = await Promise.all(rest.toReversed().map(send));
      if (last) answers.push(await send(last));
      sent += answers.length;
      faults.push(...twinFaults(answers, all.map((twin) => twin === command)));
      const [first] = answers;
      if (first) history.push(first);
      if (++done % 10_000 === 0) say(`${done} of ${sets} commands, ${faults.length} faults`);
    });
    let over = false;
    const ending = working.finally(() => over = true);
    // Often enough that many commands meet a dead host, rarely enough that most do not.
    for (let strikeAtMs = 0; !over; await sleep(50)) {
      if (performance.now() < strikeAtMs) continue;
      const host = random.pick(site.hosts);
      await host.end("SIGKILL");
      await host.start();
      strikeAtMs = performance.now() + 1_500 + random.below(1_500);
    }
    await ending;
    client[Symbol.dispose]();
    const log = await readLog(site.connection, groupIds);
    const mailbox = await site.tap.placedEntries(history);
    faults.push(...findFaults(history, log), ...mailboxFaults(log, mailbox));
    const effects = log.flatMap(({ events }) => events)
      .filter(({ type }) => type.endsWith("todo.created")).length;
    return {
      figures: {
        "commands": sets,
        "times they were sent": sent,
        "waiting for the outcome": spread(waits(history)),
      },
      checks: [
        ...sound({ faults, placed: mailbox.length }),
        exactly("todos that came of it", effects, sets),
      ],
      faults,
    };
  },
};

/** Every true twin was told the same outcome, every impostor that it cannot be. */
function twinFaults(answers: readonly Answered[], isTrue: readonly boolean[]): Fault[] {
  const told = new Set(
    answers.filter((_, i) => isTrue[i]).map(({ outcome, version, events }) =>
      JSON.stringify([outcome, version, events])
    ),
  );
  const fooled = answers.some(({ outcome }, i) => !isTrue[i] && outcome !== "rejected");
  if (told.size === 1 && !fooled && answers[0]?.outcome === "committed") return [];
  const outcomes = answers.map(({ outcome }, i) => `${isTrue[i] ? "" : "impostor "}${outcome}`);
  const what = `twins of ${answers[0]?.command_id} were told ${outcomes.join(", ")}`;
  return [{ kind: "reply", what }];
}

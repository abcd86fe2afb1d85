/**
 * A thread that pours commands into groups at a steady rate, apart from the thread that measures what others
 * feel of it. Told where to connect it makes its groups and says that it is ready; told for how long, and into
 * which of the groups, it pours and says what came of it.
 */
import { connectNats } from "../../actors/platform/mod.ts";
import { type CommandBody, newId } from "../../actors/protocol/mod.ts";
import { NatsMailbox } from "../../edge/commands/mod.ts";
import { sleep } from "../support/eventually.ts";
import { Attempts } from "./attempts.ts";
import type { Poured, PourOrder, PourSetup } from "./pourer.ts";
import { PATIENCE_MS } from "./scenario.ts";

const OWNER = "owner";
const TICK_MS = 10;
/** Groups that are made at once. */
const MADE_AT_ONCE = 100;

/** A group that commands are poured into. */
interface Target {
  readonly groupId: string;
  readonly todoIds: readonly string[];
}

class Pouring {
  readonly #attempts: Attempts;
  readonly #perSecond: number;
  readonly #targets: readonly Target[];
  /** Commands so far, so that each goes on where the last order ended. */
  #sent = 0;

  private constructor(attempts: Attempts, perSecond: number, targets: readonly Target[]) {
    this.#attempts = attempts;
    this.#perSecond = perSecond;
    this.#targets = targets;
  }

  static async start({ url, groups, todosPerGroup, perSecond }: PourSetup): Promise<Pouring> {
    const connection = await connectNats({ url, name: "pour" });
    const mailbox = new NatsMailbox(connection, { deadlineMs: 2_000, maxInFlight: 10_000 });
    const attempts = new Attempts(mailbox, PATIENCE_MS);
    const targets: Target[] = [];
    while (targets.length < groups) {
      const length = Math.min(MADE_AT_ONCE, groups - targets.length);
      targets.push(
        ...await Promise.all(Array.from({ length }, () => newTarget(attempts, todosPerGroup))),
      );
    }
    return new Pouring(attempts, perSecond, targets);
  }

  /** Sends so many commands a second, whether answered or not, until `ms` have passed; then waits for the rest. */
  async pour({ from, to, ms }: PourOrder): Promise<Poured> {
    const targets = this.#targets.slice(from, to);
    const answers: ReturnType<typeof send>[] = [];
    const startedAt = performance.now();
    for (let now = startedAt; now < startedAt + ms; now = performance.now()) {
      const due = (now - startedAt) * this.#perSecond / 1_000;
      while (answers.length < due) {
        const turn = this.#sent++;
        const { groupId = "", todoIds = [] } = targets[turn % targets.length] ?? {};
        const todo_id = todoIds[Math.floor(turn / targets.length) % todoIds.length] ?? "";
        const payload = { todo_id, title: `Turn ${turn}` };
        answers.push(send(this.#attempts, groupId, { type: "todo.update", payload }));
      }
      await sleep(TICK_MS);
    }
    const answered = await Promise.all(answers);
    return {
      tookMs: performance.now() - startedAt,
      waitedMs: answered.map(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs),
      uncommitted: answered.filter(({ outcome }) => outcome !== "committed").length,
    };
  }
}

async function newTarget(attempts: Attempts, todos: number): Promise<Target> {
  const groupId = newId();
  const todoIds = Array.from({ length: todos }, () => newId());
  await send(attempts, groupId, { type: "group.create", payload: { name: "Poured" } });
  for (const todo_id of todoIds) {
    await send(attempts, groupId, { type: "todo.create", payload: { todo_id, title: "Poured" } });
  }
  return { groupId, todoIds };
}

function send(attempts: Attempts, group_id: string, body: CommandBody) {
  return attempts.send({ command_id: newId(), group_id, actor: OWNER, ...body }, true);
}

let pouring: Pouring | undefined;

self.onmessage = async ({ data }: MessageEvent<PourSetup | PourOrder>) => {
  if ("url" in data) pouring = await Pouring.start(data);
  self.postMessage("url" in data ? undefined : await pouring?.pour(data));
};

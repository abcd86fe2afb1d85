/** The log as a simulated host calls it: requests that are late or lost, followers that lag. */
import type { ActorLog, AppendResult, LogMessage } from "../../actors/host/testing/mod.ts";
import type { Environment } from "./environment.ts";
import { type EventLog, INCARNATION } from "./event_log.ts";
import type { Process } from "./process.ts";

const TIMEOUT_MS = 2_000;

/** The log for `process`. */
export function hostLog(process: Process, environment: Environment, log: EventLog): ActorLog {
  const { faults, random } = environment;
  const ask = async <T>(name: string, look: () => T): Promise<T> => {
    const answer = await process.call<{ readonly value: T } | undefined>({
      name,
      timeoutMs: TIMEOUT_MS,
      perform: (reply) =>
        reply(random.chance(faults.rates.refusal) ? undefined : { value: look() }),
      lost: () => undefined,
    });
    if (!answer) throw new Error("The log does not answer");
    return answer.value;
  };
  return {
    append: (append) =>
      process.call<AppendResult>({
        name: "append",
        timeoutMs: TIMEOUT_MS,
        perform: (answer) => log.append(append, answer),
        lost: () => ({ kind: "unknown", reason: "no acknowledgement in time" }),
      }),
    last: (groupId) => ask<LogMessage | undefined>("last", () => log.of(groupId).at(-1)),
    incarnation: () => Promise.resolve(INCARNATION),
    async *read(groupId, from) {
      const found = await ask(
        "read",
        () => log.asSomeFollower(groupId).filter(({ sequence }) => sequence >= from),
      );
      const breaksAt = random.chance(faults.rates.refusal) ? random.int(found.length) : Infinity;
      for (const [index, message] of found.entries()) {
        if (index === breaksAt) throw new Error("The connection broke while reading");
        yield message;
      }
    },
  };
}

/**
 * Work that asks much of NATS, or waits long for it, made to ask first whether NATS answers at all: reads of
 * the log, and what operators ask for. How long such work itself may take is its own affair.
 */
import type { NatsConnection } from "../../actors/platform/mod.ts";
import { type Dependency, Unreachable } from "./dependency.ts";

/** How long NATS may take to say that it is there. */
const ANSWER_MS = 1_000;

/** Makes of `work` the same work, refused while NATS is away. */
export type NatsFirst = <A extends readonly unknown[], R>(
  work: (...parameters: A) => Promise<R>,
) => (...parameters: A) => Promise<R>;

/**
 * What guards work by `nats`, which the `connection` leads to.
 *
 * @returns a function whose results throw {@link ProblemError} `unavailable`: at once while NATS is known to
 *   be away, within a second when it turns out to be
 */
export function natsFirst(
  nats: Dependency,
  connection: Pick<NatsConnection, "flush">,
): NatsFirst {
  const reach = async () => {
    try {
      await connection.flush();
    } catch (cause) {
      throw new Unreachable("NATS cannot be reached", { cause });
    }
  };
  return (work) => async (...parameters) => {
    await nats.run(reach, { deadlineMs: ANSWER_MS });
    return await work(...parameters);
  };
}

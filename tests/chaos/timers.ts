/** Waits until the timers of a run are as its log says they must be, or says which are not. */
import { jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, streamName } from "../../actors/platform/mod.ts";
import { sleep } from "../support/eventually.ts";
import { type Fault, type LogEntry, readLog } from "../support/history.ts";
import { openTimers, reminderFaults, timerKey } from "../support/reminder_faults.ts";

/**
 * How late a timer may be. Its host may have to take over first; after the loss of a leader in a cluster the
 * server itself takes its time until the mailbox gets again what is due, trying less and less often.
 */
const LATE_MS = 180_000;
const LOOK_EVERY_MS = 200;
const TIMERS = "app.timer.>";

export interface Settled {
  /** With what happened meanwhile in the groups that were waited for. */
  readonly log: readonly LogEntry[];
  readonly faults: readonly Fault[];
  readonly tookMs: number;
}

/**
 * Waits for what is due or not set yet, for a while.
 *
 * @param log all of it
 */
export async function untilTimersSettle(
  connection: NatsConnection,
  log: readonly LogEntry[],
): Promise<Settled> {
  const startedAtMs = Date.now();
  let settled = log;
  let open = openTimers(log, await timersSet(connection), startedAtMs);
  while (open.length > 0 && Date.now() < startedAtMs + LATE_MS) {
    await sleep(LOOK_EVERY_MS);
    const groupIds = new Set(open.map(({ groupId }) => groupId));
    const nowMs = Date.now();
    const set = await timersSet(connection);
    const again = await readLog(connection, groupIds);
    settled = [...settled.filter(({ groupId }) => !groupIds.has(groupId)), ...again];
    open = openTimers(again, set, nowMs);
  }
  return {
    log: settled,
    tookMs: Date.now() - startedAtMs,
    faults: [
      ...reminderFaults(settled, startedAtMs),
      ...open.map(({ what }): Fault => ({ kind: "reminder", what })),
    ],
  };
}

/** {@link timerKey} of every timer that the server keeps. */
async function timersSet(connection: NatsConnection): Promise<ReadonlySet<string>> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const { state } = await manager.streams.info(streamName("TIMER", 0), { subjects_filter: TIMERS });
  return new Set(
    Object.keys(state.subjects ?? {}).map((subject) => {
      const [, , , , groupId = "", about = "", name = ""] = subject.split(".");
      return timerKey({ groupId, about, name });
    }),
  );
}

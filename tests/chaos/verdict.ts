/** The verdict on a run of a site: its history against its log and mailbox, and what it measured. */
import { jetstreamManager } from "@nats-io/jetstream";
import { streamName } from "../../actors/platform/mod.ts";
import { eventually } from "../support/eventually.ts";
import { type Answered, type Fault, type LogEntry, readLog } from "../support/history.ts";
import { findFaults, mailboxFaults } from "../support/log_faults.ts";
import type { Load } from "./load.ts";
import type { Verdict } from "./scenario.ts";
import type { Site } from "./site.ts";
import { untilTimersSettle } from "./timers.ts";

/**
 * Ends the load, waits until copies of the log and timers are as they must be, and judges.
 *
 * @param options.timers whether reminders are waited for and judged: after a cluster lost a leader the server
 * itself may take minutes to move on what is due, which is more than a short run has
 */
export async function judge(
  site: Site,
  load: Load,
  { timers = true }: { readonly timers?: boolean } = {},
): Promise<Verdict> {
  await load.stop();
  await untilReplicated(site);
  const { history, groupIds } = load;
  const ended = await readLog(site.connection, groupIds);
  const { log, faults: late, tookMs: timersMs } = timers
    ? await untilTimersSettle(site.connection, ended)
    : { log: ended, faults: [], tookMs: 0 };
  const known = await site.tap.placedEntries(history);
  const faults = [
    ...load.faults,
    ...findFaults(history, log),
    ...mailboxFaults(log, known),
    ...strayFaults(history, log),
    ...late,
  ];
  return { faults, history, log, timersMs, placed: known.length };
}

/** Commands without an outcome, and events of commands that nobody sent; timers send some themselves. */
function strayFaults(history: readonly Answered[], log: readonly LogEntry[]): Fault[] {
  const sent = new Set(history.map(({ command_id }) => command_id));
  const stray = log.flatMap(({ events }) => events)
    .filter(({ type, causationid }) =>
      type !== "com.todo1m.reminder.fired" && !sent.has(causationid)
    );
  const open = history.filter(({ outcome }) => outcome === "unknown");
  return [
    ...stray.map(({ id }): Fault => ({ kind: "reply", what: `nobody asked for event ${id}` })),
    ...open.map(({ command_id: id, attempts }): Fault => ({
      kind: "unanswered",
      what: `${id} got no outcome in ${attempts} attempts`,
    })),
  ];
}

/** Waits until every copy of the log is there and has all of it. */
export async function untilReplicated({ connection }: Site): Promise<void> {
  await eventually(
    async () => {
      const manager = await jetstreamManager(connection, { checkAPI: false });
      const { cluster } = await manager.streams.info(streamName("EV", 0));
      return (cluster?.replicas ?? []).every(({ current, offline }) => current && !offline);
    },
    "every copy of the log to be current",
    30_000,
  );
}

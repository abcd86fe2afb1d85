/** The verdict on a run of a site: its history against its log and mailbox, and what it measured. */
import { jetstreamManager } from "@nats-io/jetstream";
import { streamName } from "../../actors/platform/mod.ts";
import { eventually } from "../support/eventually.ts";
import {
  type Answered,
  type Fault,
  type LogEntry,
  type MailboxEntry,
  readLog,
} from "../support/history.ts";
import { findFaults, mailboxFaults } from "../support/log_faults.ts";
import type { Load } from "./load.ts";
import type { Site } from "./site.ts";

/** What a run of a site came to. */
export interface Verdict {
  readonly faults: readonly Fault[];
  readonly history: readonly Answered[];
  readonly log: readonly LogEntry[];
  /** Commands whose place in the log was compared with their place in the mailbox. */
  readonly placed: number;
}

/** Ends the load, waits until all copies of the log are the same, and judges. */
export async function judge(site: Site, load: Load): Promise<Verdict> {
  await load.stop();
  await untilReplicated(site);
  const log = await readLog(site.connection, load.groupIds);
  const { history } = load;
  const known = await placedEntries(site, history);
  const faults = [
    ...load.faults,
    ...findFaults(history, log),
    ...mailboxFaults(log, known),
    ...strayFaults(history, log),
  ];
  return { faults, history, log, placed: known.length };
}

/**
 * The mailbox entries that tell where a command stands first. When some were gone before they were noted,
 * that is sure only of commands that were sent once.
 */
export async function placedEntries(
  { tap }: Site,
  history: readonly Answered[],
): Promise<readonly MailboxEntry[]> {
  const entries = await tap.entries();
  if (tap.missed === 0) return entries;
  const once = new Set(
    history.filter(({ attempts }) => attempts === 1).map(({ command_id }) => command_id),
  );
  return entries.filter(({ commandId }) => once.has(commandId));
}

/** Commands without an outcome, and events of commands that nobody sent. */
function strayFaults(history: readonly Answered[], log: readonly LogEntry[]): Fault[] {
  const sent = new Set(history.map(({ command_id }) => command_id));
  const stray = log.flatMap(({ events }) => events)
    .filter(({ causationid }) => !sent.has(causationid));
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

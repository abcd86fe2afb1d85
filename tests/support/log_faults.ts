/**
 * Judges a run by its log: commands that are lost, doubled, out of order or answered otherwise than they
 * were stored, versions that are missing, messages that were changed. Pure.
 */
import { createHash } from "node:crypto";
import type { GroupEvent } from "../../actors/protocol/mod.ts";
import type { Answered, Fault, FaultKind, LogEntry, MailboxEntry } from "./history.ts";

/** Everything that is wrong; empty when the run was flawless. The log is in order within each group. */
export function findFaults(history: readonly Answered[], log: readonly LogEntry[]): Fault[] {
  return [...chainFaults(log), ...historyFaults(history, log), ...orderFaults(history)];
}

const fault = (kind: FaultKind, what: string): Fault => ({ kind, what });

/** Versions are dense, ids unique, and each message names the hash of the one before. */
function chainFaults(log: readonly LogEntry[]): Fault[] {
  const faults: Fault[] = [];
  const versions = new Map<string, number>();
  const hashes = new Map<string, string>();
  const seen = new Set<string>();
  for (const { groupId, data, events, previousHash } of log) {
    if (previousHash !== (hashes.get(groupId) ?? "")) {
      const behind = versions.get(groupId);
      faults.push(fault("chain", `hash chain of ${groupId} is broken behind version ${behind}`));
    }
    hashes.set(groupId, createHash("sha256").update(data).digest("hex"));
    for (const event of events) {
      const after = versions.get(groupId) ?? 0;
      const version = Number(event.sequence);
      if (version !== after + 1) {
        faults.push(fault("version", `version ${version} of ${groupId} follows ${after}`));
      }
      versions.set(groupId, version);
      if (seen.has(event.id)) {
        faults.push(fault("duplicate", `event ${event.id} is in the log twice`));
      }
      seen.add(event.id);
    }
  }
  return faults;
}

/** What was acknowledged is in the log, once, as it was answered; what was rejected is not. */
function historyFaults(history: readonly Answered[], log: readonly LogEntry[]): Fault[] {
  const faults: Fault[] = [];
  const commits = commitsOf(log);
  for (const [id, parts] of commits) {
    if (parts.length > 1) {
      faults.push(fault("duplicate", `command ${id} is in ${parts.length} messages`));
    }
  }
  for (const { command_id: id, outcome, version, events } of history) {
    const stored = commits.get(id)?.[0];
    if (outcome === "rejected" && stored) {
      faults.push(fault("reply", `rejected ${id} is in the log`));
    }
    if (outcome === "stored" && !stored) {
      faults.push(fault("lost", `${id} is not in the log, though the mailbox had it`));
    }
    if (outcome !== "committed") continue;
    if (!stored) {
      faults.push(fault("lost", `acknowledged ${id} is not in the log`));
    } else if (Number(stored.at(-1)?.sequence) !== version) {
      faults.push(fault("reply", `${id} was answered version ${version}, stored another`));
    } else if (events && JSON.stringify(events) !== JSON.stringify(stored)) {
      faults.push(fault("reply", `${id} was answered other events than those stored`));
    }
  }
  return faults;
}

/** The events of each command, one list for each message that holds some of them. */
function commitsOf(log: readonly LogEntry[]): Map<string, GroupEvent[][]> {
  const commits = new Map<string, GroupEvent[][]>();
  for (const { events } of log) {
    for (const [id, own] of Map.groupBy(events, (event) => event.causationid)) {
      const parts = commits.get(id);
      if (parts) parts.push(own);
      else commits.set(id, [own]);
    }
  }
  return commits;
}

/** A command that was sent after another one was answered has the later version. */
function orderFaults(history: readonly Answered[]): Fault[] {
  const faults: Fault[] = [];
  const committed = history.filter(({ outcome }) => outcome === "committed");
  for (const [groupId, commands] of Map.groupBy(committed, (answered) => answered.group_id)) {
    const bySending = commands.toSorted((a, b) => a.sentAtMs - b.sentAtMs);
    const byAnswer = commands.toSorted((a, b) => a.answeredAtMs - b.answeredAtMs);
    let answered = 0;
    let newest = 0;
    for (const { sentAtMs, version = 0, command_id: id, attempts } of bySending) {
      for (; (byAnswer[answered]?.answeredAtMs ?? Infinity) < sentAtMs; answered++) {
        newest = Math.max(newest, byAnswer[answered]?.version ?? 0);
      }
      if (version <= newest) {
        const what = `${id} got version ${version} of ${groupId} after ${newest} was known`;
        faults.push(fault("order", `${what} (${attempts} attempts)`));
      }
    }
  }
  return faults;
}

/**
 * The log tells the story of the mailbox: each message covers more of it than the one before, and every
 * command stands where its first mailbox entry puts it.
 *
 * @param mailbox every entry of the groups in `log`, or a part of them without the earliest of a command
 */
export function mailboxFaults(
  log: readonly LogEntry[],
  mailbox: readonly MailboxEntry[],
): Fault[] {
  const faults: Fault[] = [];
  const first = new Map<string, number>();
  for (const { commandId, sequence } of mailbox) {
    first.set(commandId, Math.min(sequence, first.get(commandId) ?? Infinity));
  }
  for (const [groupId, entries] of Map.groupBy(log, (entry) => entry.groupId)) {
    let covered = 0;
    for (const { covers, events, sequence } of entries) {
      const where = `log message ${sequence} of ${groupId}`;
      if (covers <= covered) {
        faults.push(fault("order", `${where} covers ${covers} after ${covered}`));
      }
      let before = covered;
      for (const id of new Set(events.map((event) => event.causationid))) {
        const taken = first.get(id);
        if (taken === undefined) continue;
        if (taken <= before || taken > covers) {
          const what = `holds ${id}, which the mailbox has at ${taken}`;
          faults.push(fault("order", `${where} ${what}, not after ${before} up to ${covers}`));
        }
        before = Math.max(before, taken);
      }
      covered = Math.max(covered, covers);
    }
  }
  return faults;
}

/**
 * The safety of commands, checked at every step: what is stored in the log, what is answered and which
 * cursors are saved is compared with what must come of the mailbox.
 */
import { createHash } from "node:crypto";
import { decodeCommit, encodeCommit, type Outcome, versionOf } from "../../actors/protocol/mod.ts";
import type { Environment } from "./environment.ts";
import type { StoredCommit } from "./event_log.ts";
import type { Entry, MailboxStream } from "./mailbox_stream.ts";
import { Reference, type ReferenceGroup } from "./reference.ts";

/** What the log holds of one group. */
interface Logged {
  version: number;
  mailboxSequence: number;
  lastHash: string | undefined;
  readonly effects: Set<string>;
  /** Version after each stored commit, by its first version. */
  readonly commits: Map<number, StoredCommit>;
}

export class CommandChecks {
  readonly reference = new Reference();
  readonly #environment: Environment;
  readonly #mailbox: MailboxStream;
  readonly #logged = new Map<string, Logged>();
  readonly #answered = new Set<number>();
  /** How many entries of each block are known to be done: a saved cursor is checked from there on. */
  readonly #doneOf = new Map<number, number>();

  constructor(environment: Environment, mailbox: MailboxStream) {
    this.#environment = environment;
    this.#mailbox = mailbox;
  }

  commandStored(entry: Entry): void {
    const right = this.reference.take(entry);
    const { command, sequence, groupId } = entry;
    const outcome = right.kind === "accepted"
      ? `v${right.version}`
      : right.kind === "rejected"
      ? right.problem.code
      : right.kind;
    this.#environment.note(
      "mailbox",
      `${sequence} of ${groupId}: ${command.type} ${command.command_id.slice(-6)} → ${outcome}`,
    );
  }

  /** The log has stored a commit: it must be exactly what its mailbox leads to. */
  commitStored(commit: StoredCommit): void {
    const events = decodeCommit(commit.data);
    const logged = this.#of(commit.actorId);
    const expected = this.reference.group(commit.actorId);
    const first = events[0] ? versionOf(events[0]) : 0;
    const where = `message ${commit.sequence} of ${commit.actorId}`;
    if (first !== logged.version + 1) {
      this.#fail("dense versions", `${where} starts with version ${first} after ${logged.version}`);
    }
    const ids = new Set(events.map(({ causationid }) => causationid));
    for (const id of ids) {
      if (logged.effects.has(id)) this.#fail("one effect per command", `${where} repeats ${id}`);
      logged.effects.add(id);
    }
    const version = first - 1 + events.length;
    const right = encodeCommit(expected.texts.slice(first - 1, version));
    if (!sameBytes(right, commit.data)) {
      this.#fail("mailbox order", `${where} is not what the mailbox leads to at version ${first}`);
    }
    this.#checkCoverage(commit, { expected, version, before: logged.mailboxSequence });
    if ((commit.previousHash ?? "") !== (logged.lastHash ?? "")) {
      this.#fail("hash chain", `${where} names another predecessor`);
    }
    logged.version = version;
    logged.mailboxSequence = commit.mailboxSequence;
    logged.lastHash = createHash("sha256").update(commit.data).digest("hex");
    logged.commits.set(first, commit);
  }

  /** A host has answered: a commit must be in the log as told, a rejection must be right. */
  replySent(replyTo: string, host: string, body: string): void {
    const entry = this.#mailbox.byReply(replyTo);
    if (!entry) return this.#fail("replies have commands", `${host} answers unknown ${replyTo}`);
    this.#answered.add(entry.sequence);
    const outcome = JSON.parse(body) as Outcome;
    const { command: { command_id: id }, groupId } = entry;
    const expected = this.reference.group(groupId);
    const right = this.reference.rightFor(entry);
    const what = `${host} answers ${outcome.status} to entry ${entry.sequence} (${id})`;
    if (outcome.command_id !== id) this.#fail("reply equals log", `${what} about another command`);
    if (outcome.status === "rejected") {
      if (
        JSON.stringify(right) !== JSON.stringify({ kind: "rejected", problem: outcome.problem })
      ) {
        const told = `${what} with ${outcome.problem.code}: ${outcome.problem.detail}`;
        this.#fail("rejections are right", `${told}, right is ${JSON.stringify(right)}`);
      }
      return;
    }
    const { version } = outcome;
    if (version > this.#of(groupId).version) {
      this.#fail("acknowledged is in the log", `${what} at version ${version}, not yet stored`);
    }
    const firstVersion = version - outcome.events.length + 1;
    const stored = expected.texts.slice(firstVersion - 1, version).join();
    if (outcome.events.map((event) => JSON.stringify(event)).join() !== stored) {
      this.#fail("reply equals log", `${what} with other events than the log's`);
    }
    const isOwn = outcome.events.length > 0 &&
      outcome.events.every(({ causationid }) => causationid === id);
    const isRight = right?.kind === "accepted" && right.version === version &&
      right.firstVersion === firstVersion;
    // An entry that was refused may be told of the later twin that was accepted.
    if (!isOwn || (!isRight && right?.kind === "accepted")) {
      this.#fail("reply equals log", `${what} at version ${version}`);
    }
  }

  /** A cursor was saved: everything at or below it must have an outcome that lasts. */
  cursorSaved(block: number, cursor: number, host: string): void {
    const entries = this.#mailbox.ofBlock(block);
    let done = this.#doneOf.get(block) ?? 0;
    for (; done < entries.length; done++) {
      const entry = entries[done];
      if (!entry || entry.sequence > cursor) break;
      if (!this.isDone(entry)) {
        const what =
          `${host} saves ${cursor} of block ${block}, entry ${entry.sequence} is undecided`;
        this.#fail("cursor behind outcomes", what);
        break;
      }
    }
    this.#doneOf.set(block, done);
  }

  /** A host purges the mailbox up to `sequence`: nobody may need any of that again. */
  purged(sequence: number, host: string): void {
    const undone = this.#mailbox.entries.find((entry) =>
      entry.sequence <= sequence && !this.isDone(entry)
    );
    if (undone) {
      const what = `${host} purges up to ${sequence}, entry ${undone.sequence} is undecided`;
      this.#fail("purge behind outcomes", what);
    }
  }

  /** Whether the entry has an outcome: covered by the log, answered, or nothing for nobody. */
  isDone(entry: Entry): boolean {
    const isNothing = entry.replyTo === undefined &&
      this.reference.rightFor(entry)?.kind !== "accepted";
    return isNothing || entry.sequence <= this.#of(entry.groupId).mailboxSequence ||
      this.#answered.has(entry.sequence);
  }

  /** The version that the log holds of a group. */
  versionOf(groupId: string): number {
    return this.#of(groupId).version;
  }

  /** The stored commit that starts with `version`. */
  commitAt(groupId: string, version: number): StoredCommit | undefined {
    return this.#of(groupId).commits.get(version);
  }

  /** Says what hosts still owe after everything was healed; `undefined` when nothing. */
  debt(): string | undefined {
    const undone = this.#mailbox.entries.find((entry) => !this.isDone(entry));
    if (undone) return `entry ${undone.sequence} of ${undone.groupId} has no outcome`;
    for (const groupId of this.reference.groupIds) {
      const [has, owed] = [this.versionOf(groupId), this.reference.group(groupId).version];
      if (has !== owed) return `${groupId} is at version ${has}, its mailbox leads to ${owed}`;
    }
    return undefined;
  }

  /** The message's mailbox sequence must cover exactly what its versions come from. */
  #checkCoverage(
    commit: StoredCommit,
    { expected, version, before }: {
      readonly expected: ReferenceGroup;
      readonly version: number;
      readonly before: number;
    },
  ): void {
    const covered = commit.mailboxSequence;
    const [last, next] = [expected.causes[version - 1] ?? 0, expected.causes[version] ?? Infinity];
    if (covered >= last && covered < next && covered > before) return;
    this.#fail(
      "coverage",
      `message ${commit.sequence} says it covers ${covered}; its events come from ${last}, ` +
        `the next from ${next}, the message before covers ${before}`,
    );
  }

  #of(groupId: string): Logged {
    let logged = this.#logged.get(groupId);
    if (!logged) {
      this.#logged.set(
        groupId,
        logged = {
          version: 0,
          mailboxSequence: 0,
          lastHash: undefined,
          effects: new Set(),
          commits: new Map(),
        },
      );
    }
    return logged;
  }

  #fail(invariant: string, detail: string): void {
    this.#environment.violate(invariant, detail);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

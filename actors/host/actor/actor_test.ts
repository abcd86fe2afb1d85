import assert from "node:assert/strict";
import { type Command, decodeCommit, newId, type Outcome, versionOf } from "../../protocol/mod.ts";
import { MemoryLog } from "../testing/mod.ts";
import { hashOf } from "../../protocol/routing/mod.ts";
import { Actor } from "./actor.ts";
import { groupKind } from "../../group/mod.ts";

const OWNER = "owner";
const NOW_MS = Date.now();

type Offered = Pick<Command, "type" | "payload">;

interface Answered {
  readonly outcome: string;
  readonly body: Outcome;
}

/** A host's worth of one group: an actor over `log`, and what it answered and reported. */
function setUp(log: MemoryLog, groupId = newId(), kind = groupKind) {
  const replies: Answered[] = [];
  const poisoned: unknown[] = [];
  const finished: number[] = [];
  const environment = {
    kind,
    log,
    sendReply: (_: string, reply: { outcome: string; body: string }) => {
      replies.push({ outcome: reply.outcome, body: JSON.parse(reply.body) });
    },
    reportPoison: (_id: string, _waiting: unknown, error: unknown) => {
      poisoned.push(error);
      return Promise.resolve();
    },
    newCommitId: newId,
    backoff: () => Promise.resolve(),
    pause: () => Promise.resolve(),
    monotonicMs: () => 0,
    onTrouble: () => {},
    onAppend: () => {},
    isStopping: () => stopping.now,
  };
  const stopping = { now: false };
  const actor = new Actor(groupId, environment);
  let sequence = log.messages.at(-1)?.mailboxSequence ?? 0;
  const offer = (
    body: Offered,
    options: { id?: string; actor?: string; at?: number; hash?: string } = {},
  ) => {
    const mailbox = options.at ?? ++sequence;
    sequence = Math.max(sequence, mailbox);
    actor.offer({
      command: {
        command_id: options.id ?? newId(),
        group_id: groupId,
        actor: options.actor ?? OWNER,
        ...body,
      } as Command,
      sequence: mailbox,
      nowMs: NOW_MS,
      hash: options.hash ?? "hash",
      replyTo: "reply",
      finish: () => finished.push(mailbox),
    });
  };
  return { actor, groupId, offer, replies, poisoned, finished, stopping };
}

const create = { type: "group.create", payload: { name: "Home" } } as const;
const todo = (title: string) => ({ type: "todo.create", payload: { title } }) as const;

/** Versions of everything in the log, in order. */
function versions(log: MemoryLog): number[] {
  return log.messages.flatMap((message) => decodeCommit(message.data).map(versionOf));
}

Deno.test("commands offered together become one log message and one answer each", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies, finished } = setUp(log);
  offer(create);
  offer(todo("Milk"));
  offer(todo("Bread"));
  await actor.settled;
  assert.equal(log.messages.length, 1);
  assert.deepEqual(versions(log), [1, 2, 3, 4]);
  assert.deepEqual(replies.map(({ body }) => body.status), ["committed", "committed", "committed"]);
  assert.deepEqual(finished, [1, 2, 3]);
  assert.equal(log.messages[0]?.mailboxSequence, 3);
});

Deno.test("what arrives while an append is in flight waits for it and makes the next message", async () => {
  const log = new MemoryLog();
  const { actor, offer } = setUp(log);
  log.beforeAppend = () => {
    log.beforeAppend = () => {};
    offer(todo("Arrived meanwhile"));
  };
  offer(create);
  await actor.settled;
  assert.equal(log.messages.length, 2);
  assert.deepEqual(versions(log), [1, 2, 3]);
  assert.equal(log.messages[1]?.previousHash, hashOf(log.messages[0]?.data ?? new Uint8Array()));
});

Deno.test("a lost acknowledgement is recognised: the commit is answered and not written twice", async () => {
  const log = new MemoryLog();
  log.faults.push("lose-acknowledgement");
  const { actor, offer, replies } = setUp(log);
  offer(create);
  await actor.settled;
  assert.equal(log.messages.length, 1);
  assert.equal(replies[0]?.outcome, "committed");
});

Deno.test("a lost message is published again, unchanged", async () => {
  const log = new MemoryLog();
  log.faults.push("lose-message", "lose-message");
  const { actor, offer, replies } = setUp(log);
  offer(create);
  await actor.settled;
  assert.equal(log.appends, 3);
  assert.equal(log.messages.length, 1);
  assert.equal(replies.length, 1);
});

Deno.test("when another host was first, the commands are decided again on what it wrote", async () => {
  const log = new MemoryLog();
  const first = setUp(log);
  first.offer(create);
  await first.actor.settled;
  const stale = setUp(log, first.groupId);
  stale.offer(todo("Loads the actor"));
  await stale.actor.settled;

  // Two hosts that both believe they own the group read the same mailbox in the same order.
  const ids = [newId(), newId(), newId()];
  for (const host of [first, stale]) {
    ids.forEach((id, i) => host.offer(todo(`Raced ${i}`), { id, at: 3 + i }));
  }
  await first.actor.settled;
  await stale.actor.settled;
  assert.deepEqual(versions(log), [1, 2, 3, 4, 5, 6]);
  for (const host of [first, stale]) {
    assert.deepEqual(host.replies.slice(-3).map(({ body }) => body.command_id), ids);
    assert.ok(host.replies.every(({ outcome }) => outcome === "committed"));
  }
});

Deno.test("a command the log covers is answered with its outcome and not decided again", async () => {
  const log = new MemoryLog();
  const before = setUp(log);
  const id = newId();
  before.offer(create);
  before.offer(todo("Once"), { id });
  await before.actor.settled;

  const next = setUp(log, before.groupId);
  next.offer(create, { at: 1 });
  next.offer(todo("Once"), { id, at: 2 });
  await next.actor.settled;
  assert.equal(log.messages.length, 1);
  assert.deepEqual(next.finished, [1, 2]);
  assert.deepEqual(next.replies.map(({ body }) => body), [before.replies[1]?.body]);
});

Deno.test("a twin in the same batch gets the first one's outcome, marked as replayed", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies } = setUp(log);
  const id = newId();
  offer(create);
  offer(todo("Once"), { id });
  offer(todo("Once"), { id });
  offer(todo("Other body"), { id, hash: "other" });
  await actor.settled;
  assert.deepEqual(versions(log), [1, 2, 3]);
  assert.deepEqual(replies.map(({ outcome }) => outcome), [
    "committed",
    "committed",
    "replayed",
    "rejected",
  ]);
  assert.deepEqual(replies[2]?.body, replies[1]?.body);
  const mismatch = replies[3]?.body;
  assert.equal(mismatch?.status === "rejected" && mismatch.problem.code, "idempotency-mismatch");
});

Deno.test("undo in the same delivery as its command finds what it takes back", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies } = setUp(log);
  const id = newId();
  offer(create);
  offer(todo("Short-lived"), { id });
  offer({ type: "undo", payload: { command_id: id } });
  await actor.settled;
  assert.deepEqual(replies.map(({ outcome }) => outcome), ["committed", "committed", "committed"]);
  const undone = replies[2]?.body;
  assert.equal(
    undone?.status === "committed" && undone.events[0]?.type,
    "com.todo1m.todo.deleted",
  );
});

Deno.test("a rejection decided on stale state is decided again before anyone hears of it", async () => {
  const log = new MemoryLog();
  const first = setUp(log);
  first.offer(create);
  await first.actor.settled;
  const stale = setUp(log, first.groupId);
  stale.offer({ type: "todo.delete", payload: { todo_id: "later" } }, { at: 2 });
  await stale.actor.settled;
  assert.equal(stale.replies[0]?.outcome, "rejected");

  first.offer({ type: "todo.create", payload: { todo_id: "later", title: "Now it is there" } }, {
    at: 3,
  });
  await first.actor.settled;
  stale.offer({ type: "todo.delete", payload: { todo_id: "later" } }, { at: 4 });
  await stale.actor.settled;
  assert.equal(stale.replies[1]?.outcome, "committed");
});

Deno.test("a command that cannot be decided is set aside, answered, and passed", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies, poisoned, finished } = setUp(log);
  offer(create);
  // Malformed beyond what the edge would let through.
  offer({ type: "todo.create", payload: null } as unknown as typeof create);
  offer({ type: "undo", payload: null } as unknown as typeof create);
  offer(todo("After the poison"));
  await actor.settled;
  assert.equal(poisoned.length, 2);
  assert.deepEqual(replies.map(({ outcome }) => outcome), [
    "committed",
    "rejected",
    "rejected",
    "committed",
  ]);
  assert.deepEqual(finished, [1, 2, 3, 4]);
});

Deno.test("a command of a newer version of the code is set aside, alone or in a batch, and changes nothing", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies, poisoned } = setUp(log);
  const strange = { type: "nothing.known", payload: {} } as unknown as Offered;
  const half = { type: "batch", payload: { commands: [todo("Half of it"), strange] } };
  offer(create);
  await actor.settled;
  offer(strange);
  offer(half as Offered);
  await actor.settled;
  assert.equal(poisoned.length, 2);
  assert.deepEqual(replies.map(({ outcome }) => outcome), ["committed", "rejected", "rejected"]);
  assert.deepEqual(versions(log), [1, 2]);
});

Deno.test("what cannot be decided on old knowledge is tried on new before it counts as poison", async () => {
  const log = new MemoryLog();
  const first = setUp(log);
  first.offer(create);
  await first.actor.settled;
  const confused: typeof groupKind = {
    ...groupKind,
    decide(state, command, context) {
      if (state.version < 3) throw new Error("It lacks something");
      return groupKind.decide(state, command, context);
    },
  };
  const stale = setUp(log, first.groupId, confused);
  stale.offer(create, { at: 1 });
  await stale.actor.settled;
  first.offer(todo("Written by the other host"), { at: 2 });
  await first.actor.settled;
  stale.offer(todo("Decided on what the other wrote"), { at: 3 });
  await stale.actor.settled;
  assert.deepEqual(stale.poisoned, []);
  assert.deepEqual(versions(log), [1, 2, 3, 4]);
});

Deno.test("a kind that accepts without an event, or wants a timer that cannot be kept, harms its command only", async () => {
  const offender = todo("Offend");
  const isOffence = ({ payload }: { readonly payload: unknown }) => payload === offender.payload;
  const faults: (typeof groupKind)[] = [
    {
      ...groupKind,
      decide: (state, command, context) =>
        isOffence(command)
          ? { kind: "accepted", events: [], state }
          : groupKind.decide(state, command, context),
    },
    {
      ...groupKind,
      timers: {
        moves: ({ type }) => type === "com.todo1m.todo.created",
        after: (state) =>
          [...JSON.stringify(groupKind.snapshots.save(state)).matchAll(/Offend/g)].map(() => ({
            about: "t",
            armed: [{ name: "r", at: "2030", command: {} }],
            fresh: true,
          })),
      },
    },
  ];
  for (const kind of faults) {
    const log = new MemoryLog();
    const { actor, offer, replies, poisoned } = setUp(log, newId(), kind);
    offer(create);
    offer(offender);
    offer(todo("After it"));
    await actor.settled;
    assert.equal(poisoned.length, 1);
    assert.deepEqual(replies.map(({ outcome }) => outcome), ["committed", "rejected", "committed"]);
    assert.deepEqual(versions(log), [1, 2, 3]);
  }
});

Deno.test("no answer leaves before the log has acknowledged the commit", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies, finished } = setUp(log);
  log.beforeAppend = () => {
    assert.equal(replies.length, 0);
    assert.equal(finished.length, 0);
  };
  offer(create);
  offer({ type: "todo.delete", payload: { todo_id: "none" } });
  await actor.settled;
  assert.deepEqual(replies.map(({ outcome }) => outcome), ["committed", "rejected"]);
});

Deno.test("a host that stops leaves what it cannot finish in the mailbox, unanswered", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies, finished, stopping } = setUp(log);
  log.faults.push(...Array.from({ length: 5 }, () => "lose-message" as const));
  log.beforeAppend = () => stopping.now = log.appends === 3;
  offer(create);
  await actor.settled;
  assert.equal(log.appends, 3);
  assert.deepEqual([replies, finished], [[], []]);

  const next = setUp(log, actor.id);
  log.faults.length = 0;
  log.beforeAppend = () => {};
  next.offer(create, { at: 1 });
  await next.actor.settled;
  assert.equal(next.replies[0]?.outcome, "committed");
});

Deno.test("commands that arrive while another's events are read are not lost to a conflict", async () => {
  const log = new MemoryLog();
  const first = setUp(log);
  const id = newId();
  first.offer(create);
  first.offer(todo("To be undone"), { id });
  await first.actor.settled;
  const stale = setUp(log, first.groupId);
  stale.offer(todo("Loads the actor"));
  await stale.actor.settled;
  first.offer(todo("Written by the other host"), { at: 4 });
  await first.actor.settled;

  const read = log.read.bind(log);
  log.read = (groupId, from) => {
    log.read = read;
    stale.offer(todo("Arrived meanwhile"), { at: 6 });
    return read(groupId, from);
  };
  stale.offer({ type: "undo", payload: { command_id: id } }, { at: 5 });
  await stale.actor.settled;
  assert.deepEqual(stale.finished, [3, 5, 6]);
  assert.deepEqual(versions(log), [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("events that a replica does not have yet are waited for, not taken for missing", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies, poisoned } = setUp(log);
  const id = newId();
  offer(create);
  offer(todo("To be undone"), { id });
  await actor.settled;
  const read = log.read.bind(log);
  log.read = (groupId) => {
    log.read = read;
    return read(groupId, Infinity);
  };
  offer({ type: "undo", payload: { command_id: id } });
  await actor.settled;
  assert.deepEqual(poisoned, []);
  assert.equal(replies.at(-1)?.outcome, "committed");
});

Deno.test("a command that arrives at the moment at which the actor comes to rest is not left lying", async () => {
  // One of these numbers of turns hits the moment, whatever the number of turns a commit takes.
  for (let turns = 0; turns < 60; turns++) {
    const { actor, offer, finished } = setUp(new MemoryLog());
    offer(create);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    offer(todo("Arrives then"));
    await actor.settled;
    assert.deepEqual(finished, [1, 2], `after ${turns} turns`);
  }
});

/** When an actor sets and cancels timers, and what a command waits for before it counts as done. */
import assert from "node:assert/strict";
import { newId, SYSTEM_ACTOR } from "../../protocol/mod.ts";
import { environmentOf, MemoryLog, waiting } from "../testing/mod.ts";
import { Actor } from "./actor.ts";
import { type TimerChange } from "../../kind/mod.ts";

const AT = "2030-01-01T08:00:00.000Z";
const reminders = [{ id: "r", at: AT }];
const create = { type: "group.create", payload: { name: "Home" } } as const;
const remind = {
  type: "todo.create",
  payload: { todo_id: "t", title: "Call", reminders },
} as const;
const complete = { type: "todo.complete", payload: { todo_id: "t" } } as const;

interface Set {
  readonly version: number;
  readonly changes: readonly TimerChange[];
}

/** An actor of `groupId` on a host of its own; it stops when its timers are asked for `stopAt` times. */
function host(log: MemoryLog, groupId: string, { failures = 0, stopAt = Infinity } = {}) {
  const sets: Set[] = [];
  const finished: number[] = [];
  const steps: string[] = [];
  let asked = 0;
  const { environment, replies } = environmentOf(log);
  const actor = new Actor(groupId, {
    ...environment,
    sendReply: (replyTo, reply) => {
      steps.push("reply");
      environment.sendReply(replyTo, reply);
    },
    isStopping: () => asked >= stopAt,
    timers: {
      set: (_, version, changes) => {
        if (++asked <= failures) return Promise.reject(new Error("nobody stores it"));
        steps.push("set");
        sets.push({ version, changes });
        return Promise.resolve();
      },
    },
  });
  const offer = (sequence: number, body: object, id = newId(), sender?: string) => {
    const at = { sequence, id, ...(sender === undefined ? {} : { actor: sender }) };
    const finish = () => {
      steps.push("finish");
      finished.push(sequence);
    };
    actor.offer({ ...waiting(groupId, body as typeof create, at), finish });
  };
  return { actor, offer, sets, finished, replies, steps };
}

/** The timer's command for the reminder of {@link remind}. */
const fire = { type: "reminder.fire", payload: { todo_id: "t", reminder_id: "r", at: AT } };

Deno.test("timers are set once the commit is in the log; only then do its commands count as done", async () => {
  const log = new MemoryLog();
  const groupId = newId();
  const { actor, offer, sets, steps } = host(log, groupId);
  log.beforeAppend = () => assert.deepEqual(sets, []);
  offer(1, create);
  offer(2, remind);
  await actor.settled;
  const armed = [{
    name: "r",
    at: AT,
    command: { group_id: groupId, actor: SYSTEM_ACTOR, ...fire },
  }];
  assert.deepEqual(sets, [{ version: 3, changes: [{ about: "t", armed, fresh: true }] }]);
  assert.deepEqual(steps, ["reply", "reply", "set", "finish", "finish"]);
});

Deno.test("commits that concern no timer ask for none", async () => {
  const { actor, offer, sets } = host(new MemoryLog(), newId());
  offer(1, create);
  offer(2, { type: "todo.create", payload: { todo_id: "u", title: "Plain" } });
  offer(3, { type: "todo.complete", payload: { todo_id: "u" } });
  await actor.settled;
  assert.deepEqual(sets, []);
});

Deno.test("timers that cannot be stored are tried again; nobody waits for them with an answer", async () => {
  const { actor, offer, sets, replies, finished } = host(new MemoryLog(), newId(), { failures: 3 });
  offer(1, create);
  offer(2, remind);
  await actor.settled;
  assert.equal(sets.length, 1);
  assert.equal(replies.length, 2);
  assert.deepEqual(finished, [1, 2]);
});

Deno.test("a host that stops before its timers are stored leaves them to the next, which sets what is true then", async () => {
  const log = new MemoryLog();
  const groupId = newId();
  const ids = [newId(), newId(), newId()];
  const first = host(log, groupId, { failures: Infinity, stopAt: 2 });
  first.offer(1, create, ids[0]);
  first.offer(2, remind, ids[1]);
  await first.actor.settled;
  assert.deepEqual([first.replies.length, first.finished, first.sets], [2, [], []]);

  const next = host(log, groupId);
  next.offer(1, create, ids[0]);
  next.offer(2, remind, ids[1]);
  await next.actor.settled;
  assert.equal(log.messages.length, 1);
  const armed = [{
    name: "r",
    at: AT,
    command: { group_id: groupId, actor: SYSTEM_ACTOR, ...fire },
  }];
  assert.deepEqual(next.sets, [{ version: 3, changes: [{ about: "t", armed, fresh: false }] }]);
  assert.deepEqual(next.finished, [1, 2]);

  next.offer(3, complete, ids[2]);
  await next.actor.settled;
  const third = host(log, groupId);
  [create, remind, complete].forEach((body, i) => third.offer(i + 1, body, ids[i]));
  await third.actor.settled;
  await third.actor.settled;
  // What the todo had in between is nobody's business any more.
  const last = third.sets.at(-1);
  assert.equal(last?.version, 4);
  assert.ok(last.changes.every((change) => change.about === "t" && change.armed.length === 0));
});

Deno.test("a timer's command is an event the first time and nothing the second, and answers nobody", async () => {
  const log = new MemoryLog();
  const { actor, offer, replies, sets, finished } = host(log, newId());
  offer(1, create);
  offer(2, remind);
  await actor.settled;
  const id = newId();
  offer(3, fire, id, SYSTEM_ACTOR);
  await actor.settled;
  assert.equal(log.messages.length, 2);
  for (const sequence of [4, 5]) offer(sequence, fire, id, SYSTEM_ACTOR);
  offer(6, fire, newId(), SYSTEM_ACTOR);
  await actor.settled;
  assert.equal(log.messages.length, 2);
  assert.equal(sets.length, 1);
  assert.deepEqual(finished, [1, 2, 3, 4, 5, 6]);
  assert.ok(replies.every(({ outcome }) => outcome === "committed"));
});

Deno.test("a timer is passed over only when the newest state has no use for it", async () => {
  const log = new MemoryLog();
  const groupId = newId();
  const ids = [newId(), newId(), newId(), newId()];
  const stale = host(log, groupId);
  stale.offer(1, create, ids[0]);
  await stale.actor.settled;
  const owner = host(log, groupId);
  owner.offer(1, create, ids[0]);
  owner.offer(2, remind, ids[1]);
  await owner.actor.settled;
  // It has not heard of the todo, and would pass the timer over.
  stale.offer(3, fire, ids[2], SYSTEM_ACTOR);
  await stale.actor.settled;
  assert.equal(log.messages.length, 3);
  assert.deepEqual(stale.finished, [1, 3]);
});

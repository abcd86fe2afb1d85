import assert from "node:assert/strict";
import fc from "fast-check";
import { type GroupEvent, SYSTEM_ACTOR } from "../protocol/mod.ts";
import { beginning, bodyOf, history, type Step } from "./_arbitraries.ts";
import { type Scenario, team } from "./_scenario.ts";
import { armedTimers, type GroupState, timersAfter, todosOf } from "./mod.ts";
import { movesTimers } from "./timers.ts";
import { type TimerChange } from "../kind/mod.ts";

const AT = "2026-03-05T08:00:00.000Z";

/** Timers as a server keeps them: each under its todo, its reminder and the version that set it. */
class Timers {
  readonly #stored = new Map<string, { todo_id: string; reminder_id: string; at: string }>();

  /** Does what a host does once the group is at `version`. */
  apply(changes: readonly TimerChange[], version: number): void {
    for (const { about: todo_id, armed, fresh } of changes) {
      for (const { name: reminder_id, at } of armed) {
        this.#stored.set(`${todo_id}/${reminder_id}/${version}`, { todo_id, reminder_id, at });
      }
      if (fresh) continue;
      for (const [key, timer] of this.#stored) {
        if (timer.todo_id === todo_id && Number(key.split("/")[2]) < version) {
          this.#stored.delete(key);
        }
      }
    }
  }

  /** Lets the timer at place `pick` fire; `undefined` when there is none. */
  fire(pick: number) {
    const keys = [...this.#stored.keys()];
    const key = keys[pick % (keys.length || 1)] ?? "";
    const timer = this.#stored.get(key);
    this.#stored.delete(key);
    return timer;
  }

  /** What is stored, each timer once, in the order of their names. */
  get content(): string[] {
    return [...new Set([...this.#stored.values()].map((timer) => JSON.stringify(timer)))].sort();
  }
}

function implied(state: GroupState): string[] {
  return todosOf(state)
    .flatMap(({ id }) =>
      armedTimers(state, id)
        .map(({ name: reminder_id, at }) => JSON.stringify({ todo_id: id, reminder_id, at }))
    )
    .sort();
}

/** One host's commit: its events, the group after it. */
interface Commit {
  readonly events: readonly GroupEvent[];
  readonly state: GroupState;
}

const timerSteps = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { minLength: 1, maxLength: 30 });

/**
 * Plays `steps` with timers firing in between, several decisions to a commit where `grouped` says so, and
 * calls `onCommit` after each commit.
 */
function playWithTimers(
  steps: readonly Step[],
  timing: readonly (readonly [fires: number, grouped: number])[],
  onCommit: (timers: Timers, commit: Commit) => void,
): { group: Scenario; timers: Timers; commits: Commit[] } {
  const group = beginning();
  const timers = new Timers();
  const commits: Commit[] = [];
  const accepted: string[] = [];
  let pending: GroupEvent[] = [...group.log];
  const commit = () => {
    if (pending.length === 0) return;
    const done = { events: pending, state: group.state };
    pending = [];
    commits.push(done);
    onCommit(timers, done);
  };
  commit();
  steps.forEach((step, index) => {
    const [fires = 0, grouped = 0] = timing[index % timing.length] ?? [];
    const { type, payload } = bodyOf(step, accepted);
    const id = group.nextId();
    const decision = group.decide(step.actor, type, payload, { id });
    if (decision.kind === "accepted") {
      accepted.push(id);
      pending.push(...decision.events);
    }
    if (grouped > 2) commit();
    const timer = fires > 5 ? timers.fire(fires) : undefined;
    if (!timer) return;
    const fired = group.decide(SYSTEM_ACTOR, "reminder.fire", timer);
    assert.notEqual(fired.kind, "rejected");
    if (fired.kind === "accepted") pending.push(...fired.events);
  });
  commit();
  return { group, timers, commits };
}

const obeyed = (timers: Timers, { events, state }: Commit) =>
  timers.apply(timersAfter(state, events), state.version);

Deno.test("after any history, what commits set and cancel leaves exactly the timers of the state", () => {
  let most = 0;
  fc.assert(
    fc.property(history(40), timerSteps, (steps, timing) => {
      const { group, timers } = playWithTimers(steps, timing, obeyed);
      assert.deepEqual(timers.content, implied(group.state));
      most = Math.max(most, timers.content.length);
    }),
    { numRuns: 300 },
  );
  assert.ok(most >= 3, `never more than ${most} timers`);
});

Deno.test("whoever forgets to look at one type of event is found out", () => {
  for (const type of ["todo.created", "todo.updated", "todo.completed", "group.deleted"]) {
    const forgetful = (timers: Timers, { events, state }: Commit) => {
      const seen = events.filter((event) => event.type !== `com.todo1m.${type}`);
      timers.apply(timersAfter(state, seen), state.version);
    };
    const found = fc.check(
      fc.property(history(40), timerSteps, (steps, timing) => {
        const { group, timers } = playWithTimers(steps, timing, forgetful);
        assert.deepEqual(timers.content, implied(group.state));
      }),
      // Ends with the first that it finds; some histories in which it shows are rare.
      { numRuns: 10_000, endOnFailure: true },
    );
    assert.ok(found.failed, type);
  }
});

Deno.test("the events that a prefilter keeps lead to the same timers as all of them", () => {
  fc.assert(
    fc.property(history(30), timerSteps, (steps, timing) => {
      playWithTimers(steps, timing, (timers, { events, state }) => {
        const kept = timersAfter(state, events.filter(movesTimers));
        assert.deepEqual(kept, timersAfter(state, events));
        timers.apply(kept, state.version);
      });
    }),
    { numRuns: 300 },
  );
});

Deno.test("a host that was paused and does its part again, late, takes no timer away", () => {
  fc.assert(
    fc.property(history(30), timerSteps, fc.nat(20), (steps, timing, pick) => {
      const { group, timers, commits } = playWithTimers(steps, timing, obeyed);
      const late = commits[pick % (commits.length || 1)];
      if (late) obeyed(timers, late);
      const stored = new Set(timers.content);
      assert.ok(implied(group.state).every((timer) => stored.has(timer)));
    }),
    { numRuns: 300 },
  );
});

Deno.test("a next owner that derives the last commands' timers again, on the newest state, misses none", () => {
  fc.assert(
    fc.property(history(8), timerSteps, fc.nat(9), fc.nat(5), (steps, timing, lost, done) => {
      const { group, timers, commits } = playWithTimers(steps, timing, () => {});
      const kept = Math.max(0, commits.length - lost);
      // Some of the commits that are gone through again had their timers set the first time.
      for (const commit of commits.slice(0, kept + done)) obeyed(timers, commit);
      const events = commits.slice(kept).flatMap((commit) => commit.events);
      timers.apply(timersAfter(group.state, events, { again: true }), group.state.version);
      assert.deepEqual(timers.content, implied(group.state));
    }),
    { numRuns: 300 },
  );
});

/** The team with a todo "t" that has one reminder. */
function reminded(): Scenario {
  const group = team();
  group.ok("mia", "todo.create", {
    todo_id: "t",
    title: "Water",
    reminders: [{ id: "r", at: AT }],
  });
  return group;
}

Deno.test("commits that concern no reminder change no timers", () => {
  const group = reminded();
  const silent = [
    group.ok("mia", "todo.update", { todo_id: "t", title: "Water the trees" }),
    group.ok("mia", "todo.move", { todo_id: "t", status: "doing" }),
    group.ok("mia", "comment.add", { todo_id: "t", text: "Soon" }),
    group.ok("mia", "todo.create", { todo_id: "u", title: "Dig", due: { date: "2026-04-01" } }),
    group.ok("mia", "todo.update", { todo_id: "u", due: { date: "2026-05-01" } }),
    group.ok("mia", "todo.complete", { todo_id: "u" }),
    group.ok("mia", "todo.delete", { todo_id: "u" }),
    group.ok("ana", "group.rename", { name: "Park" }),
  ];
  for (const events of silent) assert.deepEqual(timersAfter(group.state, events), []);
});

Deno.test("a todo that ends takes its timers along, and one that comes back brings them", () => {
  const group = reminded();
  const none = [{ about: "t", armed: [], fresh: false }];
  const armed = [{
    name: "r",
    at: AT,
    command: {
      group_id: group.state.id,
      actor: SYSTEM_ACTOR,
      type: "reminder.fire",
      payload: { todo_id: "t", reminder_id: "r", at: AT },
    },
  }];
  const again = [{ about: "t", armed, fresh: false }];
  const after = (events: readonly GroupEvent[]) => timersAfter(group.state, events);
  assert.deepEqual(after(group.ok("mia", "todo.complete", { todo_id: "t" })), none);
  assert.deepEqual(after(group.ok("mia", "todo.reopen", { todo_id: "t" })), again);
  assert.deepEqual(after(group.ok("mia", "todo.delete", { todo_id: "t" })), none);
  assert.deepEqual(after(group.ok("mia", "todo.restore", { todo_id: "t" })), again);
  assert.deepEqual(after(group.ok("ana", "group.delete", {})), none);
  assert.deepEqual(after(group.ok("ana", "group.restore", {})), again);
  assert.deepEqual(after(group.ok("mia", "todo.update", { todo_id: "t", reminders: [] })), none);
});

Deno.test("an instant that no server can count to, or a zone that this machine lacks, sets no timer", () => {
  const group = team();
  group.ok("mia", "todo.create", {
    todo_id: "t",
    title: "Wait",
    due: { date: "9999-12-31" },
    reminders: [{ id: "r", at: "2999-01-01T00:00:00Z" }, { id: "s", before_due_minutes: 1 }],
  });
  assert.deepEqual(armedTimers(group.state, "t"), []);
  group.ok("mia", "todo.update", { todo_id: "t", due: { date: "2026-01-01", tz: "Mars/Base" } });
  assert.deepEqual(armedTimers(group.state, "t"), []);
  group.ok("mia", "todo.update", { todo_id: "t", due: { date: "0000-01-01" } });
  const [only, ...others] = armedTimers(group.state, "t");
  assert.deepEqual([only?.name, only?.at, others.length], ["s", "1970-01-01T00:00:00.000Z", 0]);
});

Deno.test("a wall-clock time that the change to summer time skips is due an hour later", () => {
  const group = team();
  group.ok("mia", "todo.create", {
    todo_id: "t",
    title: "Wake",
    due: { date: "2026-03-29", time: "02:30", tz: "Europe/Berlin" },
    reminders: [{ id: "r", before_due_minutes: 0 }],
  });
  assert.equal(armedTimers(group.state, "t")[0]?.at, "2026-03-29T01:30:00.000Z");
});

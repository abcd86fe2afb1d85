import assert from "node:assert/strict";
import fc from "fast-check";
import { createMetrics, logger } from "../platform/mod.ts";
import { itemOf, Writer, type WriterOptions } from "./_writer.ts";
import { ProjectionError } from "./errors.ts";
import { projectionMetrics } from "./metrics.ts";
import type { ApplyOptions, Store } from "./store.ts";
import type { Plan } from "./plan.ts";
import { logOf } from "./testing/mod.ts";

const identity = { stream: "EV-0", shard: 0, epoch: "e" };
const messages = logOf(Array.from({ length: 60 }, (_, i) => i * 31)).messages;
const items = messages.map(itemOf);

type Apply = (plan: Plan, options: ApplyOptions) => ReturnType<Store["apply"]>;

function writer(apply: Apply, options: Partial<WriterOptions> = {}) {
  return new Writer(0, {
    store: { apply, position: () => Promise.resolve(0), writtenIn: () => Promise.resolve([]) },
    identity,
    metrics: projectionMetrics(createMetrics("test")),
    log: logger("test"),
    setAside: () => Promise.resolve(),
    announce: () => {},
    signal: new AbortController().signal,
    ...options,
  });
}

/** An error as Postgres' client throws it. */
function sqlError(code: string): Error {
  return Object.assign(new Error(`SQLSTATE ${code}`), { code });
}

Deno.test("exactly the messages that the database refuses are set aside, the others stay in order", async () => {
  await fc.assert(fc.asyncProperty(
    fc.uniqueArray(fc.integer({ min: 1, max: messages.length })),
    async (refused) => {
      const stored: number[] = [];
      const aside: number[] = [];
      let position = 0;
      const subject = writer((plan, { after, upTo }) => {
        assert.equal(after, position);
        const sequences = plan.events.map((event) => event.stream_sequence);
        if (sequences.some((sequence) => refused.includes(sequence))) {
          return Promise.reject(sqlError("22P05"));
        }
        stored.push(...new Set(sequences));
        position = upTo;
        return Promise.resolve([]);
      }, {
        setAside: (poison) => {
          aside.push(poison.sequence);
          return Promise.resolve();
        },
      });
      await subject.write(items);
      const sequences = messages.map(({ sequence }) => sequence);
      assert.deepEqual(stored, sequences.filter((sequence) => !refused.includes(sequence)));
      assert.deepEqual(aside.toSorted((a, b) => a - b), refused.toSorted((a, b) => a - b));
      assert.equal(subject.position, messages.length);
    },
  ));
});

Deno.test("what a constraint refuses is tried five times, with growing delays, before it is set aside", async () => {
  const waits: number[] = [];
  const aside: Record<number, number> = {};
  let applied = 0;
  const subject = writer((plan) => {
    applied++;
    return plan.events.some((event) => event.stream_sequence === 7)
      ? Promise.reject(sqlError("23514"))
      : Promise.resolve([]);
  }, {
    setAside: ({ sequence, tries }) => {
      aside[sequence] = tries;
      return Promise.resolve();
    },
    pause: (ms) => {
      assert.match(subject.failure ?? "", /message 7 is refused: SQLSTATE 23514/);
      waits.push(ms);
      return Promise.resolve();
    },
  });
  await subject.write(items);
  assert.deepEqual(waits, [1_000, 5_000, 30_000, 30_000]);
  assert.deepEqual(aside, { 7: 5 });
  assert.equal(subject.position, messages.length);
  assert.equal(subject.failure, undefined);
  assert.ok(applied < 30, `${applied} transactions`);
});

Deno.test("what a constraint refuses is projected when a later try finds the constraint changed", async () => {
  let migrated = false;
  const stored: number[] = [];
  const subject = writer((plan) => {
    const sequences = plan.events.map((event) => event.stream_sequence);
    if (!migrated && sequences.includes(7)) return Promise.reject(sqlError("23514"));
    stored.push(...new Set(sequences));
    return Promise.resolve([]);
  }, {
    setAside: () => Promise.reject(new Error("Nothing is to be set aside")),
    pause: (ms) => {
      migrated = ms === 5_000;
      return Promise.resolve();
    },
  });
  await subject.write(items);
  assert.deepEqual(stored, messages.map(({ sequence }) => sequence));
});

Deno.test("an outage between the tries of a message does not count as one", async () => {
  const outcomes = [
    "23505",
    "23505",
    "57P01",
    "57P01",
    "57P01",
    "23505",
    "23505",
    "08006",
    "23505",
  ];
  const tries: number[] = [];
  const subject = writer(() => {
    const code = outcomes.shift();
    return code === undefined ? Promise.resolve([]) : Promise.reject(sqlError(code));
  }, {
    setAside: (poison) => {
      tries.push(poison.tries);
      return Promise.resolve();
    },
    pause: () => Promise.resolve(),
  });
  await subject.write(items.slice(0, 1));
  assert.deepEqual([tries, outcomes], [[5], []]);
});

Deno.test("values that the database cannot hold are set aside at once", async () => {
  for (const code of ["22P05", "21000", "54000"]) {
    const subject = writer(
      (plan) => plan.events.length > 0 ? Promise.reject(sqlError(code)) : Promise.resolve([]),
      { pause: () => Promise.reject(new Error("There is nothing to wait for")) },
    );
    await subject.write(items.slice(0, 1));
    assert.equal(subject.position, 1);
  }
});

Deno.test("an outage is waited for, told, and then forgotten", async () => {
  let attempts = 0;
  const subject: Writer = writer(() => {
    if (attempts > 0) assert.match(subject.failure ?? "", /cannot write a batch: SQLSTATE 57P01/);
    return ++attempts < 3 ? Promise.reject(sqlError("57P01")) : Promise.resolve([]);
  });
  await subject.write(items);
  assert.equal(attempts, 3);
  assert.equal(subject.failure, undefined);
});

Deno.test("a moved offset is not tried again", async () => {
  const moved = new ProjectionError("offset-moved", "moved");
  await assert.rejects(writer(() => Promise.reject(moved)).write(items), moved);
});

Deno.test("stopping ends the wait for an outage to pass", async () => {
  const stopping = new AbortController();
  const subject = writer(() => {
    setTimeout(() => stopping.abort(new Error("stopping")), 10);
    return Promise.reject(sqlError("57P01"));
  }, { signal: stopping.signal });
  await assert.rejects(subject.write(items), /stopping/);
});

Deno.test("groups are announced only after their batch is stored", async () => {
  const order: string[] = [];
  const subject = writer(() => {
    order.push("stored");
    return Promise.resolve([]);
  }, { announce: (group, version) => order.push(`${group} ${version}`) });
  await subject.write(items.slice(0, 1));
  await subject.write(items.slice(1, 2));
  assert.equal(order[0], "stored");
  assert.match(order[1] ?? "", /^group-\d [1-9]/);
  assert.equal(order[2], "stored");
});

Deno.test("messages of other kinds of actors are passed over, and the position goes past them", async () => {
  const [first, second] = messages;
  if (!first || !second) throw new Error("There are no messages");
  const foreign = { ...second, subject: "app.event.1.poll.p", data: new TextEncoder().encode("?") };
  const written: number[] = [];
  const subject = writer((plan, { upTo }) => {
    written.push(plan.events.length, upTo);
    return Promise.resolve([]);
  }, { setAside: () => Promise.reject(new Error("Nothing is to be set aside")) });
  await subject.write([itemOf(first), itemOf(foreign)]);
  await subject.write([itemOf({ ...foreign, sequence: second.sequence + 1 })]);
  assert.equal(subject.position, second.sequence + 1);
  assert.deepEqual(written.filter((_, i) => i % 2 === 1), [second.sequence, second.sequence + 1]);
  assert.equal(written.at(-2), 0);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { actorSubject, blockOf, partitionOf } from "../../protocol/routing/mod.ts";
import type { Inbox } from "../actor/mod.ts";
import { Block } from "./block.ts";
import { Lanes, type LanesOptions } from "./lanes.ts";
import type { MailboxMessage } from "./message.ts";

const KIND = "thing";

function message(id: string, seq: number): MailboxMessage {
  const data = new TextEncoder().encode(`"${id} ${seq}"`);
  return {
    subject: actorSubject("command", { kind: KIND, id }),
    seq,
    data,
    headers: undefined,
    timestampNanos: 0n,
    json: <T>() => JSON.parse(new TextDecoder().decode(data)) as T,
  };
}

/** A stream of messages for actors, what came of them, and a way to end what was received. */
function setUp(options: Partial<LanesOptions> = {}) {
  const stream: MailboxMessage[] = [];
  const received: { id: string; sequence: number; finish: () => void }[] = [];
  const fetched: number[] = [];
  const inbox: Inbox = {
    receive: ({ id }, { sequence, finish }) => received.push({ id, sequence, finish }),
    release: () => {},
  };
  const lanes = new Lanes({
    stream: "CMD-0",
    inboxes: new Map([[KIND, inbox]]),
    setAside: () => Promise.resolve(),
    fetch: ({ subject, from, maxMessages }) => {
      fetched.push(from);
      return Promise.resolve(
        stream.filter((one) => one.subject === subject && one.seq >= from).slice(0, maxMessages),
      );
    },
    pause: () => Promise.resolve(),
    laneLimits: { maxCommands: 4, maxBytes: 1_000 },
    ...options,
  });
  const block = new Block(blockOf(partitionOf("any")), 0);
  const take = (id: string) => {
    const next = message(id, stream.length + 1);
    stream.push(next);
    return lanes.take(block, { kind: KIND, id }, next);
  };
  const sequencesOf = (wanted: string) =>
    received.filter(({ id }) => id === wanted).map(({ sequence }) => sequence);
  return { lanes, block, stream, take, received, sequencesOf, fetched };
}

/** Lets everything that is ready go on. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

Deno.test("an actor that does not get on has its share in memory, and its neighbours get theirs", async () => {
  const { lanes, block, take, sequencesOf } = setUp();
  for (let n = 0; n < 10; n++) await take("stuck");
  for (let n = 0; n < 3; n++) await take("quick");
  assert.deepEqual(sequencesOf("stuck"), [1, 2, 3, 4]);
  assert.deepEqual(sequencesOf("quick"), [11, 12, 13]);
  assert.deepEqual([lanes.parked, block.pending, block.cursor], [6, 13, 0]);
});

Deno.test("what waits is fetched in order when half of the room is free, and what comes then waits behind it", async () => {
  const { lanes, block, take, received, sequencesOf, fetched } = setUp();
  for (let n = 0; n < 7; n++) await take("a");
  received[0]?.finish();
  await turns();
  assert.deepEqual(fetched, []);
  received[1]?.finish();
  await take("a");
  await turns();
  assert.deepEqual(fetched, [5]);
  assert.deepEqual(sequencesOf("a"), [1, 2, 3, 4, 5, 6]);
  for (let done = 2; done < 8; done++) {
    received[done]?.finish();
    await turns();
  }
  assert.deepEqual(sequencesOf("a"), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual([lanes.parked, block.pending, block.cursor, lanes.finished], [0, 0, 8, 8]);
});

Deno.test("large commands fill an actor's share sooner", async () => {
  const { take, sequencesOf } = setUp({ laneLimits: { maxCommands: 100, maxBytes: 15 } });
  for (let n = 0; n < 5; n++) await take("a");
  assert.deepEqual(sequencesOf("a"), [1, 2, 3]);
});

Deno.test("what waits is left to the next owner of its block; what is in memory goes on", async () => {
  const { lanes, block, take, received, sequencesOf } = setUp();
  for (let n = 0; n < 9; n++) await take("a");
  lanes.abandon([block]);
  assert.deepEqual([lanes.parked, block.pending], [0, 4]);
  for (const { finish } of received) finish();
  await block.idle();
  await turns();
  assert.equal(block.cursor, 4);
  assert.deepEqual(sequencesOf("a"), [1, 2, 3, 4]);
});

Deno.test("a replica that lags, or does not answer, is asked again; what the stream lost is passed over", async () => {
  let asked = 0;
  const site = setUp({
    fetch: ({ subject, from }) => {
      asked++;
      if (asked === 1) return Promise.reject(new Error("no answer"));
      if (asked === 2) return Promise.resolve([]);
      const all = site.stream.filter((one) => one.subject === subject && one.seq >= from);
      return Promise.resolve(all.filter(({ seq }) => seq !== 6));
    },
  });
  for (let n = 0; n < 8; n++) await site.take("a");
  for (let done = 0; done < 7; done++) {
    site.received[done]?.finish();
    await turns();
  }
  assert.ok(asked >= 3);
  assert.deepEqual(site.sequencesOf("a"), [1, 2, 3, 4, 5, 7, 8]);
  assert.equal(site.block.cursor, 8);
});

Deno.test("whatever finishes when: every actor gets its commands once and in order, and the cursor stays below", async () => {
  const step = fc.record({ actor: fc.constantFrom("a", "b", "c"), finish: fc.nat(9) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { block, take, received, sequencesOf, stream } = setUp({
        laneLimits: { maxCommands: 2, maxBytes: 1_000 },
      });
      const open = new Set<number>();
      const finishOne = (pick: number) => {
        const unfinished = received.filter((_, i) => !open.has(i));
        const one = unfinished[pick % (unfinished.length || 1)];
        if (!one) return;
        open.add(received.indexOf(one));
        one.finish();
      };
      for (const { actor, finish } of steps) {
        await take(actor);
        if (finish > 3) finishOne(finish);
        await turns();
        const undone = stream.map(({ seq }) => seq).filter((seq) =>
          !received.some(({ sequence }, i) => sequence === seq && open.has(i))
        );
        assert.ok(block.cursor < Math.min(...undone, Infinity));
      }
      for (let n = 0; n < 2 * steps.length; n++) {
        finishOne(0);
        await turns();
      }
      for (const actor of ["a", "b", "c"]) {
        const subject = actorSubject("command", { kind: KIND, id: actor });
        const sent = stream.filter((one) => one.subject === subject).map(({ seq }) => seq);
        assert.deepEqual(sequencesOf(actor), sent);
      }
      assert.equal(block.cursor, stream.length);
    }),
    { numRuns: 60 },
  );
});

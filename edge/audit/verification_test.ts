/** Walks through logs that are given by hand: in parts, against witnesses, and through faults of every kind. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { headers as newHeaders } from "@nats-io/nats-core";
import type { StoredMessage } from "../../actors/platform/mod.ts";
import { hashOf } from "../../actors/protocol/routing/mod.ts";
import { commits, GROUP, linked } from "./_testing.ts";
import type { GroupLog } from "./group_log.ts";
import type { Projected } from "./projected.ts";
import { NOT_WALKED, verifyLog, type Walked } from "./verification.ts";

const SIZES = [1, 2, 1, 1, 3, 1, 1];
const LOG = linked(commits(SIZES));
const UNPROJECTED: Projected = { version: 0, sequence: 0 };

/** A log of `messages` in pages of `size`. */
function logOf(messages: readonly StoredMessage[], size = 3): GroupLog {
  return {
    open: () =>
      Promise.resolve({
        stream: "EV-0",
        last: messages.at(-1),
        async *pages(after) {
          await Promise.resolve();
          const left = messages.filter(({ sequence }) => sequence > after);
          for (let i = 0; i < left.length; i += size) yield left.slice(i, i + size);
        },
      }),
  };
}

function walk(
  messages: readonly StoredMessage[],
  { from = NOT_WALKED, projected = UNPROJECTED, size = 3, untilMs = Infinity }: {
    readonly from?: Walked;
    readonly projected?: Projected;
    readonly size?: number;
    readonly untilMs?: number;
  } = {},
) {
  return verifyLog(logOf(messages, size), { groupId: GROUP, projected, from }, untilMs);
}

/** Where the walk through the first `count` messages of the log stands. */
async function after(count: number): Promise<Walked> {
  return await walk(LOG.slice(0, count));
}

function at(index: number): StoredMessage {
  return LOG[index] ?? assert.fail(`no message ${index}`);
}

Deno.test("a log is followed to its end, in one go or in parts of any size", async () => {
  const whole = await walk(LOG);
  assert.deepEqual(whole, {
    head: { version: 10, sequence: at(6).sequence, hash: hashOf(at(6).data) },
    commits: SIZES.length,
    complete: true,
    fault: undefined,
  });
  for (const size of [1, 2, 3, 100]) {
    let found = await walk(LOG, { size, untilMs: 0 });
    for (let parts = 1; !found.complete; parts++) {
      assert.ok(parts <= SIZES.length && found.fault === undefined);
      found = await walk(LOG, { from: found, size, untilMs: 0 });
    }
    assert.deepEqual(found, whole);
  }
  assert.equal((await walk([])).complete, true, "a group of which the log holds nothing");
});

Deno.test("a byte changed in any message but the newest breaks the chain there or right behind", async () => {
  const change = fc.record({
    index: fc.nat(LOG.length - 2),
    at: fc.nat(),
    by: fc.integer({ min: 1, max: 255 }),
    size: fc.integer({ min: 1, max: 9 }),
  });
  await fc.assert(fc.asyncProperty(change, async ({ index, at: place, by, size }) => {
    const data = Uint8Array.from(at(index).data);
    data[place % data.length] = (data[place % data.length] ?? 0) ^ by;
    const { fault, head, complete } = await walk(LOG.with(index, { ...at(index), data }), { size });
    const places = [at(index).sequence, at(index + 1).sequence];
    assert.ok(fault && places.includes(fault.sequence), JSON.stringify(fault));
    assert.equal(complete, false);
    assert.ok(head.sequence < fault.sequence, "the head is before the fault");
  }));
});

Deno.test("what breaks the chain is named with what was to be there and what is", async () => {
  const header = newHeaders();
  header.set("Todo-Prevhash", "0".repeat(64));
  const text = (index: number) => new TextDecoder().decode(at(index).data);
  const relinked = (index: number, changed: string) =>
    linked(LOG.map(({ data }, i) => i === index ? new TextEncoder().encode(changed) : data));
  const cases: [kind: string, log: readonly StoredMessage[], expected: string, found: string][] = [
    [
      "prevhash",
      LOG.with(2, { ...at(2), headers: header }),
      hashOf(at(1).data),
      "0".repeat(64),
    ],
    ["prevhash", LOG.toSpliced(0, 1), "", hashOf(at(0).data)],
    ["version", relinked(2, text(2).replace("0000000004", "0000000005")), "4", "0000000005"],
    ["group", relinked(2, text(2).replace(GROUP, "meadow")), GROUP, "meadow"],
    ["unreadable", relinked(2, "[]"), "a JSON array of events", "2 bytes"],
    ["unreadable", relinked(2, "[{"), "a JSON array of events", "2 bytes"],
    ["group", relinked(2, "[null]"), GROUP, "undefined"],
  ];
  for (const [kind, log, expected, found] of cases) {
    const { fault } = await walk(log);
    assert.deepEqual([fault?.kind, fault?.expected, fault?.found], [kind, expected, found]);
  }
});

Deno.test("the read model is a witness of the newest message and of the end of the log", async () => {
  const last = at(6);
  const projected = { version: 10, sequence: last.sequence, hash: hashOf(last.data) };
  assert.equal((await walk(LOG, { projected })).fault, undefined);
  const text = new TextDecoder().decode(last.data).replace("Milk", "Silk");
  const changed = LOG.with(6, { ...last, data: new TextEncoder().encode(text) });
  assert.equal((await walk(changed)).fault, undefined, "the chain alone cannot show it");
  const { fault } = await walk(changed, { projected });
  assert.deepEqual([fault?.kind, fault?.expected], ["head", projected.hash]);
  const cut = await walk(LOG.slice(0, -1), { projected });
  assert.deepEqual([cut.fault?.kind, cut.fault?.version], ["truncated", 10]);
  const gone = await walk([], { projected });
  assert.deepEqual([gone.fault?.kind, gone.complete], ["truncated", false]);
});

Deno.test("a walk that goes on notices what was changed or cut off behind it", async () => {
  const from = await after(4);
  assert.equal((await walk(LOG, { from })).fault, undefined);
  assert.equal((await walk(LOG.slice(0, 4), { from })).complete, true);
  assert.equal((await walk(LOG.slice(0, 3), { from })).fault?.kind, "truncated");
  const other = linked(commits(SIZES, "Other"));
  assert.equal((await walk(other, { from })).fault?.kind, "prevhash");
  assert.equal((await walk(other.slice(0, 4), { from })).fault?.kind, "head");
});

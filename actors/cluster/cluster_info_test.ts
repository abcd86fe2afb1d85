import assert from "node:assert/strict";
import fc from "fast-check";
import { BLOCKS, type HostReport } from "../protocol/routing/mod.ts";
import { clusterInfo, type Heard, type Seen, SILENT_MS } from "./cluster_info.ts";

function heard(host_id: string, blocks: number[], more: Partial<HostReport> = {}): Heard {
  return {
    report: {
      host_id,
      name: `group-host ${host_id}`,
      started_at: "2026-11-21T00:00:00.000Z",
      code_version: "1",
      draining: false,
      blocks: blocks.map((block) => ({ block, cursor: 100 + block, pending: 0 })),
      resident_actors: 3,
      actor_bytes: 3_000,
      commands: 10,
      takeovers: { dead: 0, handed: 0 },
      ...more,
    },
    atMs: 10_000,
    commandsPerSecond: 12.34,
  };
}

function seen(hosts: readonly Heard[], more: Partial<Seen> = {}): Seen {
  const stream = { bytes: 1, first_sequence: 1 };
  return {
    heard: hosts,
    streams: [
      { ...stream, name: "CMD-0", messages: 40, last_sequence: 500 },
      { ...stream, name: "EV-0", messages: 400, last_sequence: 400 },
      { ...stream, name: "DLQ", messages: 3, last_sequence: 9 },
    ],
    nowMs: 10_100,
    at: new Date(0),
    mailboxOf: () => "CMD-0",
    ...more,
  };
}

const all = Array.from({ length: BLOCKS }, (_, block) => block);

Deno.test("every block is shown with its partitions and its owner", () => {
  const info = clusterInfo(seen([heard("a", all.slice(0, 30)), heard("b", all.slice(30))]));
  assert.equal(info.blocks.length, BLOCKS);
  assert.deepEqual(info.blocks[0]?.partitions, [0, 15]);
  assert.deepEqual(info.blocks.at(-1)?.partitions, [1008, 1023]);
  assert.deepEqual(info.blocks[29]?.owners, ["a"]);
  assert.deepEqual(info.blocks[30]?.owners, ["b"]);
  assert.equal(info.totals.unowned_blocks, 0);
  assert.deepEqual(info.hosts.map(({ blocks }) => blocks), [30, 34]);
});

Deno.test("a silent host owns nothing and adds nothing to the totals", () => {
  const info = clusterInfo(seen([heard("a", all)], { nowMs: 10_000 + SILENT_MS + 1 }));
  assert.equal(info.hosts[0]?.state, "silent");
  assert.equal(info.totals.unowned_blocks, BLOCKS);
  assert.equal(info.totals.commands_per_second, 0);
  assert.equal(info.totals.resident_actors, 0);
});

Deno.test("two hosts that both claim a block are both shown", () => {
  const info = clusterInfo(seen([heard("a", [5]), heard("b", [5, 6])]));
  assert.deepEqual(info.blocks[5]?.owners, ["a", "b"]);
  assert.deepEqual(info.blocks[6]?.owners, ["b"]);
  assert.equal(info.totals.contested_blocks, 1);
});

/** The lags of the first blocks in a mailbox that holds the messages 461 to 500. */
function lags(...hosts: readonly (readonly [cursor: number, pending: number])[][]): number[] {
  let block = 0;
  const reports = hosts.map((blocks, i) =>
    heard(`host-${i}`, [], {
      blocks: blocks.map(([cursor, pending]) => ({ block: block++, cursor, pending })),
    })
  );
  return clusterInfo(seen(reports)).blocks.slice(0, block).map(({ cursor_lag }) => cursor_lag);
}

Deno.test("a block with commands pending lags as far as its cursor", () => {
  assert.deepEqual(lags([[480, 7], [500, 0]]), [20, 0]);
});

Deno.test("a quiet block lags no further than its owner has read, though its cursor is older", () => {
  assert.deepEqual(lags([[470, 0], [500, 0]]), [0, 0]);
  assert.deepEqual(lags([[470, 0], [496, 2], [497, 1]]), [1, 4, 3]);
});

Deno.test("a block whose commands wait behind its owner's limit lags, though none is taken", () => {
  assert.deepEqual(lags([[465, 0], [464, 10], [500, 0]]), [26, 36, 0]);
  assert.deepEqual(
    lags([[465, 0], [464, 10]], [[500, 0]]),
    [26, 36, 0],
    "hosts read for themselves",
  );
});

Deno.test("a block without an owner lags as far as its stream holds anything", () => {
  const info = clusterInfo(seen([heard("a", [5])]));
  assert.equal(info.blocks[6]?.cursor_lag, 40);
  assert.equal(clusterInfo(seen([], { streams: [] })).blocks[6]?.cursor_lag, 0);
});

Deno.test("whatever a host has read and done, a block lags at least as far as commands of it wait", () => {
  const message = fc.record({ block: fc.nat(3), done: fc.boolean() });
  fc.assert(fc.property(fc.array(message), fc.nat(), fc.nat(), (messages, reader, ticked) => {
    const position = reader % (messages.length + 1);
    const tick = ticked % (position + 1);
    const blocks = [0, 1, 2, 3].map((block) => {
      const taken = messages.flatMap((each, i) =>
        each.block === block && i < position ? [{ sequence: i + 1, ...each }] : []
      );
      const pending = taken.filter(({ done }) => !done);
      const last = Math.max(tick, taken.at(-1)?.sequence ?? 0);
      const cursor = pending[0] ? pending[0].sequence - 1 : last;
      return { block, cursor, pending: pending.length };
    });
    const stream = {
      name: "CMD-0",
      messages: messages.length,
      bytes: 1,
      first_sequence: 1,
      last_sequence: messages.length,
    };
    const info = clusterInfo(seen([heard("a", [], { blocks })], { streams: [stream] }));
    for (const { block, pending } of blocks) {
      const unread = messages.slice(position).filter((each) => each.block === block).length;
      assert.ok((info.blocks[block]?.cursor_lag ?? -1) >= pending + unread);
    }
  }));
});

Deno.test("a mailbox lags as far as the lowest cursor of its blocks, and as all of it without an owner", () => {
  const at = (block: number, cursor: number) => ({ block, cursor, pending: block });
  const reports = (from: number) => all.slice(from).map((block) => at(block, 480 + (block & 1)));
  const host = (from: number) => heard("a", [], { blocks: reports(from) });
  const mailbox = (from: number, more: Partial<Seen> = {}) =>
    clusterInfo(seen([host(from)], more)).mailboxes;
  const pending = all.reduce((sum, block) => sum + block, 0);
  assert.deepEqual(mailbox(0), [{ stream: "CMD-0", pending, cursor_lag: 20 }]);
  assert.deepEqual(mailbox(1), [{ stream: "CMD-0", pending, cursor_lag: 40 }]);
  assert.deepEqual(mailbox(0, { mailboxOf: (block) => `CMD-${block & 1}` }), [
    { stream: "CMD-0", pending: 992, cursor_lag: 20 },
  ], "a stream that is not there is not told of");
});

Deno.test("totals add up what live and draining hosts do and what the streams hold", () => {
  const info = clusterInfo(seen([heard("a", [1]), heard("b", [2], { draining: true })]));
  assert.deepEqual(info.hosts.map(({ state }) => state), ["live", "draining"]);
  assert.deepEqual(info.totals, {
    commands_per_second: 24.6,
    resident_actors: 6,
    pending: 0,
    mailbox_messages: 40,
    log_messages: 400,
    dead_letters: 3,
    unowned_blocks: BLOCKS - 2,
    contested_blocks: 0,
  });
});

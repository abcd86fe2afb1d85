import assert from "node:assert/strict";
import { BLOCKS } from "../../protocol/routing/mod.ts";
import type { Member, View } from "./membership.ts";
import { decideMoves, type Self, SETTLED_MS, STABLE_MS } from "./ownership.ts";
import { placeAll } from "./placement.ts";

const ALL = Array.from({ length: BLOCKS }, (_, block) => block);
const NOW = 100_000;
const LONG_AGO = 10_000;

function view(members: Partial<Member>[] = [], more: Partial<View> = {}): View {
  return {
    atMs: NOW,
    joinedAtMs: LONG_AGO,
    stableSinceMs: LONG_AGO,
    members: members.map((member) => ({
      hostId: "other",
      state: "live",
      draining: false,
      blocks: new Set<number>(),
      heardAtMs: NOW - 50,
      sinceMs: LONG_AGO,
      ...member,
    })),
    releasedAtMs: new Map(),
    ...more,
  };
}

function self(owned: number[] = [], more: Partial<Self> = {}): Self {
  return {
    hostId: "me",
    draining: false,
    forceAll: false,
    owned: new Set(owned),
    moving: new Set(),
    ...more,
  };
}

const owners = placeAll(["me", "other"]);
const MINE = ALL.filter((block) => owners[block] === "me");
const THEIRS = ALL.filter((block) => owners[block] === "other");
const taken = (moves: { take: readonly { block: number }[] }) => moves.take.map((t) => t.block);

Deno.test("a lone host takes everything once its view has been stable for a moment", () => {
  const early = view([], { atMs: NOW, joinedAtMs: NOW - 10, stableSinceMs: NOW - 10 });
  assert.deepEqual(decideMoves(early, self()), { take: [], give: [] });
  const later = view([], { stableSinceMs: NOW - STABLE_MS });
  assert.deepEqual(taken(decideMoves(later, self())), ALL);
  assert.ok(decideMoves(later, self()).take.every(({ reason }) => reason === "unclaimed"));
});

Deno.test("a host that does not hear itself neither takes nor gives", () => {
  const cut = view([{ state: "dead", blocks: new Set(ALL) }], { joinedAtMs: undefined });
  assert.deepEqual(decideMoves(cut, self([1])), { take: [], give: [] });
});

Deno.test("what a living host owns is not taken, only what it has released, and at once", () => {
  const owning = view([{ blocks: new Set(ALL) }]);
  assert.deepEqual(decideMoves(owning, self()), { take: [], give: [] });
  const [released = -1] = MINE;
  const after = view([{ blocks: new Set(ALL.filter((block) => block !== released)) }], {
    stableSinceMs: NOW - 1,
    releasedAtMs: new Map([[released, NOW - 5]]),
  });
  assert.deepEqual(decideMoves(after, self()).take, [
    { block: released, reason: "handed", sinceMs: NOW - 5 },
  ]);
});

Deno.test("what a suspect owns is not taken, what a dead host owned is, at once", () => {
  const suspect = view([{ state: "suspect", blocks: new Set(ALL) }]);
  assert.deepEqual(decideMoves(suspect, self()).take, []);
  const dead = view([{ state: "dead", blocks: new Set([3, 4]), heardAtMs: NOW - 1_600 }], {
    stableSinceMs: NOW - 1,
  });
  assert.deepEqual(decideMoves(dead, self()).take, [
    { block: 3, reason: "dead", sinceMs: NOW - 1_600 },
    { block: 4, reason: "dead", sinceMs: NOW - 1_600 },
  ]);
});

Deno.test("an owner gives a newcomer its share, but only once it has been there for a while", () => {
  const fresh = view([{ sinceMs: NOW - SETTLED_MS + 1 }]);
  assert.deepEqual(decideMoves(fresh, self(ALL)).give, []);
  const settled = view([{ sinceMs: NOW - SETTLED_MS }]);
  assert.deepEqual(decideMoves(settled, self(ALL)).give, THEIRS);
});

Deno.test("nothing is given to hosts that are suspect or drain", () => {
  assert.deepEqual(decideMoves(view([{ state: "suspect" }]), self(ALL)).give, []);
  assert.deepEqual(decideMoves(view([{ draining: true }]), self(ALL)).give, []);
});

Deno.test("a host that drains gives everything and takes nothing, whoever is there", () => {
  const alone = decideMoves(view(), self([1, 2], { draining: true }));
  assert.deepEqual(alone, { take: [], give: [1, 2] });
});

Deno.test("the blocks of a host that drains are placed on the others, and taken as it lets go", () => {
  const draining = view([{ draining: true, blocks: new Set([5]) }], {
    releasedAtMs: new Map([[6, NOW - 1]]),
  });
  const moves = decideMoves(draining, self(ALL.filter((block) => block !== 5 && block !== 6)));
  assert.deepEqual(moves, { take: [{ block: 6, reason: "handed", sinceMs: NOW - 1 }], give: [] });
});

Deno.test("of two that own the same block, the one it does not belong to gives it up", () => {
  const both = view([{ blocks: new Set(ALL) }]);
  assert.deepEqual(decideMoves(both, self(ALL)).give, THEIRS);
});

Deno.test("a host that joins again gives up what others claim, even what is its own by placement", () => {
  const [first = -1, second = -1] = MINE;
  const again = view([{ blocks: new Set([first]), sinceMs: NOW - 20 }], {
    joinedAtMs: NOW - 20,
    stableSinceMs: NOW - 20,
  });
  assert.deepEqual(decideMoves(again, self([first, second])), { take: [], give: [first] });
});

Deno.test("blocks on the move are left alone", () => {
  const moves = decideMoves(
    view([{ blocks: new Set(ALL) }]),
    self(ALL, { moving: new Set(THEIRS) }),
  );
  assert.deepEqual(moves.give, []);
  assert.deepEqual(taken(decideMoves(view(), self([], { moving: new Set(ALL) }))), []);
});

Deno.test("a host that is to own everything does so whatever the others say", () => {
  const moves = decideMoves(
    view([{ blocks: new Set(ALL) }], { joinedAtMs: undefined }),
    self([1], { forceAll: true }),
  );
  assert.deepEqual(taken(moves), ALL.filter((block) => block !== 1));
  assert.deepEqual(decideMoves(view([{}]), self(ALL, { forceAll: true })).give, []);
});

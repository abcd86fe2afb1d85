/** The ring against a plain list of everything that was ever pushed. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type FeedCommit, readCommit } from "./commit.ts";
import { Ring } from "./ring.ts";
import { GroupWriter } from "./testing/mod.ts";

const START = { version: 0, sequence: 0 };

/** Commits of `counts` events each, at places `gaps` apart. */
function commitsOf(counts: readonly { events: number; gap: number }[]): FeedCommit[] {
  const writer = new GroupWriter("g1", "ana");
  const commits: FeedCommit[] = [];
  for (const { events, gap } of counts) {
    const previous = commits.at(-1) ?? START;
    const raw = {
      sequence: previous.sequence + gap,
      previousSequence: previous.sequence,
      bytes: writer.addTodos(events),
    };
    commits.push(readCommit(raw, { groupId: "g1", epoch: "e1", previous }).commit);
  }
  return commits;
}

const someCommits = fc.array(
  fc.record({ events: fc.integer({ min: 1, max: 4 }), gap: fc.integer({ min: 1, max: 5 }) }),
  { minLength: 1, maxLength: 100, size: "max" },
);

Deno.test("a ring keeps the newest commits within both limits", () => {
  fc.assert(fc.property(
    someCommits,
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1_000, max: 20_000 }),
    (counts, maxCommits, maxBytes) => {
      const ring = new Ring(START, { maxCommits, maxBytes });
      const commits = commitsOf(counts);
      for (const commit of commits) ring.push(commit);
      const kept = commits.slice(commits.length - ring.size);
      assert.ok(ring.size <= maxCommits && ring.sizeBytes <= maxBytes);
      assert.equal(ring.sizeBytes, kept.reduce((sum, { frame }) => sum + frame.length, 0));
      const before = commits[commits.length - ring.size - 1] ?? START;
      assert.deepEqual(ring.base, { version: before.version, sequence: before.sequence });
      assert.deepEqual(ring.after(ring.base, Infinity), { kind: "commits", commits: kept });
    },
  ));
});

Deno.test("a ring serves exactly what follows a position, and no position that never was", () => {
  fc.assert(fc.property(
    someCommits,
    fc.integer({ min: 1, max: 40 }),
    fc.nat(400),
    fc.nat(400),
    (counts, maxCommits, version, sequence) => {
      const ring = new Ring(START, { maxCommits, maxBytes: 1e9 });
      const commits = commitsOf(counts);
      for (const commit of commits) ring.push(commit);
      const answer = ring.after({ version, sequence }, Infinity);
      const place = commits.findIndex((commit) =>
        commit.version === version && commit.sequence === sequence
      );
      const real = place >= 0 || (version === 0 && sequence === 0);
      if (sequence < ring.base.sequence) assert.equal(answer.kind, "older");
      else if (!real) assert.equal(answer.kind, "unknown");
      else assert.deepEqual(answer, { kind: "commits", commits: commits.slice(place + 1) });
      for (const [index, commit] of commits.entries()) {
        if (commit.sequence < ring.base.sequence) continue;
        const page = ring.after(commit, 1);
        const next = commits.slice(index + 1, index + 2);
        assert.deepEqual(page, { kind: "commits", commits: next });
      }
    },
  ));
});

import assert from "node:assert/strict";
import { CommitIndex } from "./commit_index.ts";

Deno.test("a version is found in the message that begins at or before it", () => {
  const index = new CommitIndex();
  index.add(1, 100);
  index.add(4, 200);
  index.add(5, 300);
  assert.deepEqual([1, 3, 4, 5, 9].map((version) => index.floor(version)), [
    100,
    100,
    200,
    300,
    300,
  ]);
});

Deno.test("versions the index has let go are to be searched from the start", () => {
  const index = new CommitIndex();
  assert.equal(index.floor(1), 1);
  for (let version = 1; version <= 30_000; version++) index.add(version, version * 10);
  assert.equal(index.floor(1), 1);
  assert.equal(index.floor(29_999), 299_990);
});

Deno.test("a part of an index goes through JSON and finds the same, as far as it reaches", () => {
  const index = new CommitIndex();
  for (const [version, sequence] of [[1, 7], [4, 20], [5, 23], [9, 40]] as const) {
    index.add(version, sequence);
  }
  const part = index.snapshot(4, 8);
  assert.deepEqual(part, { versions: [4, 1], sequences: [20, 3] });
  const copy = CommitIndex.from(JSON.parse(JSON.stringify(part)));
  assert.deepEqual([4, 5, 8].map((version) => copy.floor(version)), [20, 23, 23]);
  assert.equal(copy.floor(3), 1);
  // The commit of version 4 holds version 4 only: one that begins earlier is kept for version 3.
  assert.deepEqual(index.snapshot(3, 9), { versions: [1, 3, 1, 4], sequences: [7, 13, 3, 17] });
});

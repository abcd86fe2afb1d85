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

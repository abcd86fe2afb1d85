import assert from "node:assert/strict";
import { declareStreams, DEFAULT_STREAM_SETTINGS, isAtLeast } from "./streams.ts";

Deno.test("versions are compared number by number", () => {
  assert.ok(isAtLeast("2.14.0", "2.14.0"));
  assert.ok(isAtLeast("2.15.1", "2.14.0"));
  assert.ok(isAtLeast("3.0.0-RC.1", "2.14.0"));
  assert.ok(!isAtLeast("2.9.25", "2.14.0"));
  assert.ok(!isAtLeast("unknown", "2.14.0"));
});

Deno.test("shards cut the partitions among the streams without gap or overlap", () => {
  const subjects = declareStreams({ ...DEFAULT_STREAM_SETTINGS, shards: 4 })
    .filter(({ name }) => name.startsWith("EV-"))
    .flatMap((stream) => stream.subjects);
  assert.equal(subjects.length, 1024);
  assert.equal(new Set(subjects).size, 1024);
});

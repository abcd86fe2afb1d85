/** Frames as a reader of the format sees them. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { parseCursor } from "../protocol/mod.ts";
import {
  byeFrame,
  commitFrame,
  HEARTBEAT,
  positionId,
  resetFrame,
  retryFrame,
  revokedFrame,
  snapshotTail,
  withId,
} from "./frame.ts";
import { FrameReader } from "./testing/mod.ts";

Deno.test("any JSON comes out of a commit's frame as it went in, however it is cut up", () => {
  fc.assert(fc.property(fc.json(), fc.integer({ min: 1, max: 40 }), (json, step) => {
    const { frame, tail } = commitFrame("e1-g1:2.1", Buffer.from(json));
    assert.deepEqual(withId("e1-g1:2.1", tail), frame);
    const reader = new FrameReader();
    const frames = [];
    for (let at = 0; at < frame.length; at += step) {
      frames.push(...reader.push(frame.subarray(at, at + step)));
    }
    assert.deepEqual(frames, [{ id: "e1-g1:2.1", event: "todo-event", data: json }]);
  }));
});

Deno.test("line breaks in stored bytes cannot end a frame", () => {
  const { frame } = commitFrame("i", Buffer.from('[{"a":\n1},\r\n\r\n{"b":2}]'));
  const frames = new FrameReader().push(frame);
  assert.equal(frames.length, 1);
  assert.deepEqual(JSON.parse(frames[0]?.data ?? ""), [{ a: 1 }, { b: 2 }]);
});

Deno.test("an id is a cursor that parses to the position", () => {
  const id = positionId("e1", "g1", { version: 7, sequence: 12 });
  assert.deepEqual(parseCursor(id), {
    epoch: "e1",
    positions: new Map([["g1", { version: 7, sequence: 12 }]]),
  });
});

Deno.test("control frames say what they mean", () => {
  const reader = new FrameReader();
  const all = Buffer.concat([
    retryFrame(1_500),
    HEARTBEAT,
    withId("e1-g1:1.1", snapshotTail({ version: 1 })),
    resetFrame("g1", "other-epoch"),
    revokedFrame("g1", "member-removed"),
    byeFrame({ reason: "draining", cursor: "e1-g1:1.1", retryMs: 900 }),
  ]);
  const frames = reader.push(all).map(({ event, id, data }) => [event, id, JSON.parse(data)]);
  assert.deepEqual(frames, [
    ["snapshot", "e1-g1:1.1", { version: 1 }],
    ["reset", undefined, { group_id: "g1", reason: "other-epoch" }],
    ["revoked", undefined, { group_id: "g1", reason: "member-removed" }],
    [
      "bye",
      "e1-g1:1.1",
      { reason: "draining", retry: "now", cursor: "e1-g1:1.1", retry_ms: 900 },
    ],
  ]);
  assert.equal(reader.retryMs, 900);
  assert.equal(reader.comments, 1);
});

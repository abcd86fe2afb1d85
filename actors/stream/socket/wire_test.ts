/** Frames as a reader of RFC 6455 sees them. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { commitFrame, snapshotTail, withId } from "../frame.ts";
import { SSE_WIRE } from "../wire.ts";
import { PING_FRAME, textMessage } from "./_frame.ts";
import { SOCKET_WIRE } from "./wire.ts";

interface Read {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly sizeBytes: number;
  readonly payload: Buffer;
}

/** The frames in `bytes`, which must end with the last of them. */
function framesOf(bytes: Buffer): Read[] {
  const frames: Read[] = [];
  for (let at = 0; at < bytes.length;) {
    const [first = 0, second = 0] = bytes.subarray(at, at + 2);
    assert.equal(second & 0x80, 0, "a server does not mask");
    assert.notEqual(second, 127, "no frame is that long");
    const head = second === 126 ? 4 : 2;
    const size = second === 126 ? bytes.readUInt16BE(at + 2) : second;
    const payload = bytes.subarray(at + head, at + head + size);
    assert.equal(payload.length, size);
    frames.push({
      opcode: first & 0x0f,
      isLast: (first & 0x80) !== 0,
      sizeBytes: head + size,
      payload,
    });
    at += head + size;
  }
  return frames;
}

const textOf = (bytes: Buffer) => Buffer.concat(framesOf(bytes).map(({ payload }) => payload));

Deno.test("a text message is its parts, in frames of which all but the last have the size asked for", () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 6 });
  const step = fc.integer({ min: 200, max: 65_536 });
  fc.assert(fc.property(sizes, step, (sizes, fragmentBytes) => {
    const parts = sizes.map((size, index) => Buffer.alloc(size, index + 1));
    const frames = framesOf(textMessage(parts, fragmentBytes));
    assert.deepEqual(Buffer.concat(frames.map(({ payload }) => payload)), Buffer.concat(parts));
    assert.deepEqual(
      frames.map(({ opcode, isLast }) => [opcode, isLast]),
      frames.map((_, index) => [index === 0 ? 1 : 0, index === frames.length - 1]),
    );
    for (const { sizeBytes } of frames.slice(0, -1)) assert.equal(sizeBytes, fragmentBytes);
  }));
});

Deno.test("messages around the lengths that change the header are whole", () => {
  for (const size of [0, 1, 125, 126, 127, 65_531, 65_532, 65_533, 131_064, 131_065, 200_000]) {
    const bytes = textMessage([Buffer.alloc(size, 97)], 64 * 1024);
    assert.equal(textOf(bytes).length, size, String(size));
    for (const { sizeBytes } of framesOf(bytes).slice(0, -1)) assert.equal(sizeBytes, 64 * 1024);
  }
});

Deno.test("a commit's stored bytes are in its message unchanged, which is encoded once", () => {
  fc.assert(fc.property(fc.json(), (json) => {
    const commit = {
      version: 2,
      sequence: 1,
      previousSequence: 0,
      firstVersion: 1,
      timeMs: 0,
      ...commitFrame("e1-g1:2.1", Buffer.from(json)),
    };
    const message = SOCKET_WIRE.commit(commit, undefined);
    assert.equal(textOf(message).toString(), `{"op":"event","cursor":"e1-g1:2.1","data":${json}}`);
    assert.equal(SOCKET_WIRE.commit(commit, undefined), message, "the same buffer");
    const other = textOf(SOCKET_WIRE.commit(commit, "e1-g1:2.1,g2:1.1")).toString();
    assert.equal(other, `{"op":"event","cursor":"e1-g1:2.1,g2:1.1","data":${json}}`);
  }));
});

Deno.test("snapshots, presence and the end say the same on both wires", () => {
  const tail = snapshotTail({ id: "g1", text: "data: \n\n" });
  assert.deepEqual(JSON.parse(textOf(SOCKET_WIRE.snapshot("c", tail)).toString()), {
    op: "snapshot",
    cursor: "c",
    data: { id: "g1", text: "data: \n\n" },
  });
  assert.deepEqual(SSE_WIRE.snapshot("c", tail), withId("c", tail));
  const presence = JSON.stringify({ group_id: "g1", count: 0, users: [] });
  assert.deepEqual(JSON.parse(textOf(SOCKET_WIRE.presence(presence)).toString()), {
    op: "presence",
    group_id: "g1",
    count: 0,
    users: [],
  });
  assert.equal(SSE_WIRE.presence(presence).toString(), `event: presence\ndata: ${presence}\n\n`);
  const bye = { reason: "draining", cursor: "c", retryMs: 7 } as const;
  const { op, ...said } = JSON.parse(textOf(SOCKET_WIRE.bye(bye)).toString());
  assert.equal(op, "bye");
  const data = /data: (.*)/.exec(SSE_WIRE.bye(bye).toString())?.[1] ?? "";
  assert.deepEqual(said, JSON.parse(data));
});

Deno.test("a heartbeat is a ping", () => {
  assert.deepEqual(framesOf(PING_FRAME).map(({ opcode, isLast }) => [opcode, isLast]), [[9, true]]);
});

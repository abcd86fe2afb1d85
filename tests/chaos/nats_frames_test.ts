import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameSplitter, joined } from "./nats_frames.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const WIRE = [
  'INFO {"server_id":"x"}\r\n',
  "PING\r\n",
  "PUB a.b 5\r\nhe\r\nl\r\n",
  "PUB a.b _INBOX.1 0\r\n\r\n",
  "HPUB c.d _INBOX.2 17 22\r\nNATS/1.0\r\nA:b\r\n\r\nhello\r\n",
  "MSG e.f 7 3\r\nabc\r\n",
  "HMSG g.h 8 $JS.ACK.x 12 15\r\nNATS/1.0\r\n\r\nabc\r\n",
  "-ERR 'Unknown Protocol Operation'\r\n",
];

const SUBJECTS = ["", "", "a.b", "a.b", "c.d", "e.f", "g.h", ""];
const REPLIES = ["", "", "", "_INBOX.1", "_INBOX.2", "", "$JS.ACK.x", ""];

Deno.test("frames are whole and know their subjects, however the bytes arrive", () => {
  const bytes = encode(WIRE.join(""));
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
      const splitter = new FrameSplitter();
      const marks = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const frames = marks.slice(1).flatMap((end, i) =>
        splitter.push(bytes.subarray(marks[i], end))
      );
      assert.deepEqual(frames.map(({ subject }) => subject), SUBJECTS);
      assert.deepEqual(frames.map(({ reply }) => reply), REPLIES);
      assert.deepEqual(joined(frames.map((frame) => frame.bytes)), bytes);
    }),
  );
});

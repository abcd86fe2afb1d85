import assert from "node:assert/strict";
import fc from "fast-check";
import { createSseParser, type SseFrame } from "./sse_parser.ts";

function parse(pieces: readonly string[]): SseFrame[] {
  const parser = createSseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

/** Cuts `text` at the given places. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => text.slice(from, at[i] ?? text.length));
}

Deno.test("a frame has its event, data and id", () => {
  assert.deepEqual(parse(["id: e1-g:4.9\nevent: todo-event\ndata: [1]\n\n"]), [
    { event: "todo-event", data: "[1]", id: "e1-g:4.9" },
  ]);
});

Deno.test("comments and frames without data dispatch nothing", () => {
  assert.deepEqual(parse([": hello\n\n:\n\nevent: x\n\nid: 7\n\ndata: a\n\n"]), [
    { event: "message", data: "a", id: "7" },
  ]);
});

Deno.test("several data lines are joined by line feeds, and one leading space is dropped", () => {
  assert.deepEqual(parse(["data:a\ndata:  b\ndata\n\n"]), [
    { event: "message", data: "a\n b\n", id: "" },
  ]);
});

Deno.test("the id stays in force for later frames and an id with NUL is ignored", () => {
  const frames = parse(["id: 1\ndata: a\n\nid: 2\0\ndata: b\n\ndata: c\n\n"]);
  assert.deepEqual(frames.map((frame) => frame.id), ["1", "1", "1"]);
});

Deno.test("a byte order mark at the start is skipped and retry is kept when it is a number", () => {
  const parser = createSseParser();
  assert.deepEqual(parser.push("\uFEFFretry: 2500\nretry: soon\ndata: x\n\n"), [
    { event: "message", data: "x", id: "" },
  ]);
  assert.equal(parser.retryMs, 2500);
});

Deno.test("an unfinished frame is not dispatched", () => {
  assert.deepEqual(parse(["data: half\n"]), []);
});

const lineText = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\0]/g, "."));
const frame = fc.record({
  event: fc.constantFrom("todo-event", "snapshot", "bye", "message"),
  data: fc.array(lineText, { minLength: 1, maxLength: 3 }),
  id: lineText,
  comment: fc.option(lineText, { nil: undefined }),
});

Deno.test("any stream parses to the same frames wherever it is cut and whatever ends its lines", () => {
  fc.assert(fc.property(
    fc.array(frame, { maxLength: 6 }),
    fc.constantFrom("\n", "\r", "\r\n"),
    fc.array(fc.nat(2_000), { maxLength: 40 }),
    (frames, end, places) => {
      const text = frames.map((f) =>
        [
          ...(f.comment === undefined ? [] : [`:${f.comment}`]),
          `id: ${f.id}`,
          `event: ${f.event}`,
          ...f.data.map((line) => `data: ${line}`),
          "",
          "",
        ].join(end)
      ).join("");
      assert.deepEqual(
        parse(cut(text, places)),
        frames.map((f) => ({ event: f.event, data: f.data.join("\n"), id: f.id })),
      );
    },
  ));
});

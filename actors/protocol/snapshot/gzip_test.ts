import assert from "node:assert/strict";
import { gunzip, gzip } from "./gzip.ts";

const giveWay = () => Promise.resolve();

Deno.test("text comes back as it was, whatever its pieces and letters", async () => {
  const long = Array.from({ length: 5_000 }, (_, n) => `Zeile ${n} äöü 漢字 🙂;`);
  for (const pieces of [[], [""], ["a"], ["{", "", "}"], ["🙂", "é"], long]) {
    assert.equal(gunzip(await gzip(pieces, giveWay)), pieces.join(""));
  }
});

Deno.test("others get a turn again and again while a long text is packed", async () => {
  let turns = 0;
  const piece = "x".repeat(10_000);
  await gzip(Array.from({ length: 100 }, () => piece), () => {
    turns++;
    return Promise.resolve();
  });
  assert.equal(turns, Math.floor(1_000_000 / 70_000));
});

Deno.test("a failure of the text's source is a failure of packing", async () => {
  const source = function* () {
    yield "x".repeat(100_000);
    throw new RangeError("no more");
  };
  await assert.rejects(gzip(source(), giveWay), /no more/);
});

Deno.test("bytes that are damaged, cut off or no gzip at all are refused", async () => {
  const data = await gzip(["some text that is long enough to be packed ".repeat(20)], giveWay);
  const flipped = Uint8Array.from(data);
  flipped[flipped.length - 6] = (flipped.at(-6) ?? 0) ^ 1;
  for (const broken of [flipped, data.slice(0, -9), new Uint8Array(), new Uint8Array([1, 2, 3])]) {
    assert.throws(() => gunzip(broken), Error);
  }
});

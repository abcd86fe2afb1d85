import assert from "node:assert/strict";
import { LineWriter } from "./line_writer.ts";
import { pause } from "./pause.ts";

Deno.test("lines of one moment are one write, in order", async () => {
  const written: string[] = [];
  const lines = new LineWriter((bytes) => {
    written.push(new TextDecoder().decode(bytes));
    return Promise.resolve();
  });
  lines.add("a");
  lines.add("ä");
  assert.deepEqual(written, []);
  await pause(250);
  assert.deepEqual(written, ["a\nä\n"]);
  lines.add("b");
  await lines.flush();
  assert.deepEqual(written, ["a\nä\n", "b\n"]);
});

Deno.test("what nobody takes is bounded, and what is dropped is counted", async () => {
  const gate = Promise.withResolvers<void>();
  const written: number[] = [];
  const lines = new LineWriter(async (bytes) => {
    written.push(bytes.length);
    await gate.promise;
  });
  const line = "x".repeat(1_000);
  lines.add(line);
  const first = lines.flush();
  for (let n = 0; n < 2_000; n++) lines.add(line);
  assert.ok(lines.dropped > 900 && lines.dropped < 1_000, `${lines.dropped}`);
  gate.resolve();
  await first;
  await lines.flush();
  assert.equal(written.length, 2);
});

Deno.test("a write that fails costs its lines and nothing else", async () => {
  let fails = true;
  const lines = new LineWriter(() => fails ? Promise.reject(new Error("gone")) : Promise.resolve());
  lines.add("a");
  lines.add("b");
  await lines.flush();
  assert.equal(lines.dropped, 2);
  fails = false;
  lines.add("c");
  await lines.flush();
  assert.equal(lines.dropped, 2);
});

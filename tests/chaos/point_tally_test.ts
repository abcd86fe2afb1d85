import assert from "node:assert/strict";
import { FAULT_POINTS } from "./fault_points.ts";
import { PointTally } from "./point_tally.ts";

const [renamed] = FAULT_POINTS;

/** A run in which every point is aimed at so often; all but those named are hit each time. */
function run(aims: number, unreached: readonly string[] = []): PointTally {
  const tally = new PointTally();
  for (const point of FAULT_POINTS) {
    for (let i = 0; i < aims; i++) tally.add(point, !unreached.includes(point.name));
  }
  return tally;
}

Deno.test("a run that struck every point often enough passes", () => {
  const { ok, limit, measured } = run(80).check();
  assert.deepEqual({ ok, limit, measured }, { ok: true, limit: "20 times", measured: "80 times" });
});

Deno.test("a point that no blow reached fails the run and is named", () => {
  assert.ok(renamed);
  const tally = run(80, [renamed.name]);
  const { ok, measured, kind } = tally.check();
  assert.deepEqual({ ok, kind }, { ok: false, kind: "truth" });
  assert.equal(measured, `${renamed.name}: 0`);
  assert.equal(tally.figures["struck: at random"], "80");
});

Deno.test("a point that is reached once in a while is not hit often enough", () => {
  assert.ok(renamed);
  const tally = run(79, [renamed.name]);
  tally.add(renamed, true);
  assert.equal(tally.check().measured, `${renamed.name}: 1`);
});

Deno.test("of a few blows nothing is demanded", () => {
  assert.ok(renamed);
  const { ok, limit } = run(4, [renamed.name]).check();
  assert.deepEqual({ ok, limit }, { ok: true, limit: "demanded from 200 blows on" });
});

Deno.test("a blow that was meant to fall at random is no aim", () => {
  const tally = new PointTally();
  tally.add(undefined, false);
  tally.add(renamed, true);
  assert.deepEqual(Object.values(tally.figures), ["1", "1 of 1 aims"]);
});

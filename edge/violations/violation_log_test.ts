import assert from "node:assert/strict";
import { createMetrics, logger } from "../../actors/platform/mod.ts";
import { KeptLog } from "../../actors/platform/testing/mod.ts";
import type { Violation } from "./report.ts";
import { ViolationLog } from "./violation_log.ts";

const SCRIPT: Violation = { directive: "script-src-elem", blocked: "inline", document: "/app" };
const IMAGE: Violation = { directive: "img-src", blocked: "https://a.example", document: "/app" };

/** A log of violations, its lines, and a clock to set. */
function watched() {
  const kept = new KeptLog("info");
  const { records } = kept;
  const metrics = createMetrics("test");
  const clock = { ms: 0 };
  const violations = new ViolationLog({
    metrics,
    log: logger("edge.violations"),
    now: () => clock.ms,
  });
  const count = async (directive: string) => {
    const { values } = await metrics.registry.getSingleMetric("tf_csp_reports_total")?.get() ??
      { values: [] };
    return values.find(({ labels }) => labels["directive"] === directive)?.value ?? 0;
  };
  return { violations, records, clock, count, [Symbol.dispose]: () => kept[Symbol.dispose]() };
}

Deno.test("each kind of violation is one line an hour, and every report is counted", async () => {
  using site = watched();
  const { violations, records, clock, count } = site;
  for (let i = 0; i < 5; i++) violations.note(SCRIPT);
  violations.note(IMAGE);
  violations.note({ ...SCRIPT, document: "/login" });
  assert.deepEqual(records.map(({ level, properties }) => ({ level, ...properties })), [
    { level: "warning", ...SCRIPT },
    { level: "warning", ...IMAGE },
    { level: "warning", ...SCRIPT, document: "/login" },
  ]);
  assert.equal(await count("script-src-elem"), 6);
  assert.equal(await count("img-src"), 1);
  clock.ms = 3_600_000;
  violations.note(SCRIPT);
  assert.equal(records.length, 4);
});

Deno.test("whoever makes up kinds of violations gets so many lines an hour, and one that says so", async () => {
  using site = watched();
  const { violations, records, clock, count } = site;
  for (let i = 0; i < 1_000; i++) violations.note({ ...IMAGE, blocked: `https://${i}.example` });
  assert.equal(records.length, 201);
  assert.match(String(records.at(-1)?.message.join("")), /only counted/);
  assert.equal(await count("img-src"), 1_000);
  clock.ms = 3_600_000;
  violations.note(SCRIPT);
  assert.equal(records.length, 202);
});

import assert from "node:assert/strict";
import { createMetrics } from "./metrics.ts";
import { answerOperations, readiness } from "./operations.ts";

Deno.test("readiness names each dependency, and one that hangs does not hang the answer", async () => {
  const result = await readiness({
    fine: () => {},
    broken: () => {
      throw new Error("connection refused");
    },
    hanging: () => new Promise(() => {}),
  }, 50);
  assert.equal(result.ready, false);
  assert.equal(result.checks["fine"]?.ok, true);
  assert.equal(result.checks["broken"]?.detail, "connection refused");
  assert.equal(result.checks["hanging"]?.detail, "no answer within 50 ms");
});

Deno.test("metrics are served with the process's label, other paths are not", async () => {
  const { registry } = createMetrics("sample");
  const metrics = await answerOperations("/metrics", { registry, checks: {} });
  assert.match(await metrics?.text() ?? "", /tf_process_uptime_seconds\{process="sample"\} \d/);
  assert.equal((await answerOperations("/readyz", { registry, checks: {} }))?.status, 200);
  assert.equal(await answerOperations("/other", { registry, checks: {} }), undefined);
});

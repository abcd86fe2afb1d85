import assert from "node:assert/strict";
import { createMetrics, type Logger } from "../../actors/platform/mod.ts";
import { type Call, startCall } from "./call.ts";
import { Telemetry } from "./telemetry.ts";

/** Finishes one request with `status`; gives what was told to the log, and as lines where all are wanted. */
function finished(status: number, call: Partial<Call>, wantsAll: boolean) {
  const told: Record<string, unknown>[] = [];
  const lines: Record<string, unknown>[] = [];
  const tell = (_message: string, fields: Record<string, unknown>) => void told.push(fields);
  const log = { isEnabledFor: () => true, debug: tell, info: tell, warning: tell };
  const writer = { add: (line: string) => void lines.push(JSON.parse(line)) };
  const telemetry = new Telemetry(
    createMetrics("test"),
    log as unknown as Logger,
    wantsAll ? writer : undefined,
  );
  const request = new Request("http://edge/api/v1/command", { method: "POST" });
  telemetry.start();
  const all = { ...startCall(request, "203.0.113.7"), ...call };
  telemetry.finish(request, all, new Response(null, { status }), 1);
  return { told, lines };
}

Deno.test("a request that fails is told with who asked, where that is known", () => {
  const { told: [known] } = finished(409, { userId: "ana" }, false);
  assert.equal(known?.["user_id"], "ana");
  const { told: [unknown] } = finished(401, {}, false);
  assert.ok(unknown && !("user_id" in unknown));
});

Deno.test("where every request is a line, those that are shed are, too", () => {
  const { told, lines } = finished(503, { isShed: true }, true);
  assert.deepEqual(told, []);
  assert.deepEqual(lines.map(({ status }) => status), [503]);
  assert.deepEqual(finished(503, { isShed: true }, false), { told: [], lines: [] });
});

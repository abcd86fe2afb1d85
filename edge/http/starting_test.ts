import assert from "node:assert/strict";
import { createMetrics, logger } from "../../actors/platform/mod.ts";
import { answerBeside, earlyAnswer, misdirectedAnswer, startingAnswer } from "./starting.ts";
import { Telemetry } from "./telemetry.ts";

type Line = Readonly<Record<string, unknown>>;

function at(path: string, headers: Record<string, string> = {}): Request {
  return new Request(`http://edge${path}`, { headers: { host: "edge", ...headers } });
}

/** The answer to `request` before there is an app, the line it is told with, and the metrics afterwards. */
async function answered(request: Request) {
  const lines: Line[] = [];
  const metrics = createMetrics("test");
  const telemetry = new Telemetry(metrics, logger("edge.test"), {
    add: (line) => void lines.push(JSON.parse(line)),
  });
  const answerTo = misdirectedAnswer(request) ?? earlyAnswer(request) ?? startingAnswer;
  const about = { peer: "203.0.113.7", startedAt: performance.now() - 5, telemetry };
  const answer = answerBeside(request, answerTo, about);
  assert.equal(telemetry.inFlight, 0);
  assert.equal(lines.length, 1);
  return { answer, line: lines[0] ?? {}, counted: await metrics.registry.metrics() };
}

Deno.test("answers before the start name the request and are as guarded as all others", async () => {
  for (const path of ["/livez", "/healthz", "/readyz", "/api/v1/groups"]) {
    const { answer } = await answered(at(path));
    assert.match(answer.headers.get("request-id") ?? "", /^[0-9a-f]{32}$/, path);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff", path);
    await answer.body?.cancel();
  }
});

Deno.test("the refusal before the start has the id of its request as instance", async () => {
  const { answer } = await answered(at("/api/v1/groups"));
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).instance, answer.headers.get("request-id"));
});

Deno.test("every request that needs no app is a line and is counted, as every other", async () => {
  for (
    const [request, route, status] of [
      [at("/livez"), "/livez", 200],
      [at("/readyz"), "/readyz", 503],
      [at("/api/v1/groups/g1?token=x"), "none", 503],
      [at("/livez", { host: "user@edge" }), "none", 400],
    ] as const
  ) {
    const { answer, line, counted } = await answered(request);
    assert.equal(answer.status, status);
    assert.deepEqual([line["route"], line["status"], line["method"]], [route, status, "GET"]);
    assert.equal(line["request_id"], answer.headers.get("request-id"));
    assert.match(String(line["trace_id"]), /^[0-9a-f]{32}$/);
    assert.ok(Number(line["duration_ms"]) >= 5, String(line["duration_ms"]));
    const labels = [`route="${route}"`, 'method="GET"', `outcome="${`${status}`[0]}xx"`];
    const counts = counted.split("\n").filter((each) => /_seconds_count\{.* 1$/.test(each));
    assert.ok(counts.some((each) => labels.every((label) => each.includes(label))), counted);
    await answer.body?.cancel();
  }
});

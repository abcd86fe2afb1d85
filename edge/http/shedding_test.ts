import assert from "node:assert/strict";
import { createMetrics, logger } from "../../actors/platform/mod.ts";
import { startCall } from "./call.ts";
import { Shedding } from "./shedding.ts";

function shedding(isFull: () => boolean): (method: string, path: string) => Response | undefined {
  const shed = new Shedding({ isFull, metrics: createMetrics("test"), log: logger("test") });
  return (method, path) => {
    const request = new Request(`http://edge${path}`, { method });
    return shed.answer(request, startCall(request, ""), 0);
  };
}

const COMMANDS: readonly (readonly [string, string])[] = [
  ["POST", "/api/v1/command"],
  ["POST", "/api/v1/command?x=1"],
  ["POST", "/api/v1/commands"],
  ["POST", "/api/v1/groups"],
  ["DELETE", "/api/v1/groups/g/members/u"],
  ["PUT", "/api/tasks/7"],
];

Deno.test("while too many commands wait, more are refused with a time to come back", async () => {
  const ask = shedding(() => true);
  for (const [method, path] of COMMANDS) {
    const refused = ask(method, path);
    assert.equal(refused?.status, 503, path);
    assert.ok(Number(refused.headers.get("retry-after")) >= 1);
    assert.equal((await refused.json()).code, "unavailable");
  }
});

Deno.test("those who are refused are not all told the same second", () => {
  const ask = shedding(() => true);
  const seconds = COMMANDS.map(([method, path]) => ask(method, path)?.headers.get("retry-after"));
  assert.deepEqual(new Set(seconds), new Set(["1", "2", "3"]));
});

Deno.test("what is no command is served all the same", () => {
  const ask = shedding(() => true);
  for (
    const [method, path] of [
      ["GET", "/api/v1/groups"],
      ["GET", "/api/v1/commands/c"],
      ["POST", "/api/v1/auth/login"],
      ["POST", "/csp-reports"],
      ["POST", "/api/v1/admin/dead-letters/1/replay"],
      ["GET", "/readyz"],
    ] as const
  ) {
    assert.equal(ask(method, path), undefined, path);
  }
});

Deno.test("with room for it a command is served", () => {
  const ask = shedding(() => false);
  for (const [method, path] of COMMANDS) assert.equal(ask(method, path), undefined);
});

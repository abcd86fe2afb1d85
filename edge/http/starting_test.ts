import assert from "node:assert/strict";
import { earlyAnswer, startingAnswer } from "./starting.ts";

Deno.test("answers before the start name the request and are as guarded as all others", async () => {
  for (const path of ["/livez", "/healthz", "/readyz", "/api/v1/groups"]) {
    const request = new Request(`http://edge${path}`);
    const answer = earlyAnswer(request) ?? startingAnswer(request);
    assert.match(answer.headers.get("request-id") ?? "", /^[0-9a-f]{32}$/, path);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff", path);
    await answer.body?.cancel();
  }
});

Deno.test("the refusal before the start has the id of its request as instance", async () => {
  const answer = startingAnswer(new Request("http://edge/api/v1/groups"));
  assert.equal(answer.status, 503);
  assert.equal((await answer.json()).instance, answer.headers.get("request-id"));
});

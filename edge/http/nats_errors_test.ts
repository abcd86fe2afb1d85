import assert from "node:assert/strict";
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/nats-core";
import { problemOfNats } from "./nats_errors.ts";

function apiError(code: number): JetStreamApiError {
  return new JetStreamApiError({ code, err_code: 10008, description: "no" });
}

Deno.test("a NATS that is away or silent is a temporary problem, also as the cause of an error", () => {
  const silent = new errors.TimeoutError();
  for (
    const error of [
      silent,
      new errors.RequestError("no", { cause: new errors.NoRespondersError("svc.x") }),
      new errors.ClosedConnectionError(),
      new Error("Cannot read", { cause: silent }),
      apiError(503),
    ]
  ) {
    assert.equal(problemOfNats(error)?.code, "unavailable", String(error));
  }
});

Deno.test("every other error is ours", () => {
  for (const error of [new Error("no"), new TypeError("no"), apiError(400)]) {
    assert.equal(problemOfNats(error), undefined, String(error));
  }
});

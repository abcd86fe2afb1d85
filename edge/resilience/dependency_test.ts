import assert from "node:assert/strict";
import { createMetrics, pause } from "../../actors/platform/mod.ts";
import { ProblemError } from "../../actors/protocol/mod.ts";
import { Dependency, showDependencies, Unreachable } from "./dependency.ts";
import { RetryLater } from "../http/mod.ts";

class Away extends Error {}

function dependency(): Dependency {
  return new Dependency({
    name: "store",
    detail: "The store is away",
    isFailure: (error) => error instanceof Away,
    isFailedResult: (result) => result === "nothing heard",
  });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    return String(await work);
  } catch (error) {
    return error instanceof ProblemError ? error.problem.code : String(error);
  }
}

const fail = () => Promise.reject(new Away());

Deno.test("after some failures in a row it is not asked, until one request finds it back", async () => {
  const store = dependency();
  for (let n = 0; n < 5; n++) {
    assert.equal(store.state, 0);
    assert.equal(await codeOf(store.run(fail)), "unavailable");
  }
  assert.equal(store.state, 2);
  let asked = false;
  const ask = () => {
    asked = true;
    return Promise.resolve("fine");
  };
  assert.equal(await codeOf(store.run(ask)), "unavailable");
  assert.equal(asked, false);
  for (let wait = 0; wait < 100 && store.state === 2 && !asked; wait++) {
    await pause(30);
    await codeOf(store.run(ask));
  }
  assert.deepEqual([asked, store.state], [true, 0]);
  assert.ok(store.turnedAway.refused >= 1);
});

Deno.test("failures that are about a request, or that lie apart, change nothing", async () => {
  const store = dependency();
  for (let n = 0; n < 20; n++) {
    assert.equal(
      await codeOf(store.run(() => Promise.reject(new TypeError("no")))),
      "TypeError: no",
    );
  }
  for (let n = 0; n < 20; n++) {
    await codeOf(store.run(n % 5 === 4 ? () => Promise.resolve("fine") : fail));
  }
  assert.equal(store.state, 0);
});

Deno.test("what takes too long is given up and counts as a failure", async () => {
  const store = dependency();
  const hanging = Promise.withResolvers<string>();
  const works = Array.from(
    { length: 5 },
    () => codeOf(store.run(() => hanging.promise, { deadlineMs: 20 })),
  );
  assert.deepEqual(new Set(await Promise.all(works)), new Set(["unavailable"]));
  assert.deepEqual([store.state, store.turnedAway.late], [2, 5]);
  hanging.resolve("too late");
});

Deno.test("clients are told what the work at hand cannot have, and the log why", async () => {
  const store = dependency();
  for (const [detail, told] of [[undefined, "The store is away"], ["No accounts", "No accounts"]]) {
    await assert.rejects(
      store.run(fail, detail === undefined ? {} : { detail }),
      (error) =>
        error instanceof RetryLater && error.problem.detail === told &&
        error.cause instanceof Away && error.headers["retry-after"] === "1",
    );
  }
});

Deno.test("a result can say as well that it is away; it is handed on", async () => {
  const store = dependency();
  for (let n = 0; n < 5; n++) {
    assert.equal(await store.run(() => Promise.resolve("nothing heard")), "nothing heard");
  }
  assert.equal(await codeOf(store.run(() => Promise.resolve("fine"))), "unavailable");
  assert.deepEqual(store.turnedAway, { refused: 1, late: 5, unreachable: 0 });
});

Deno.test("what is known to be away is not asked, and each refusal counts", async () => {
  let isConnected = false;
  const store = new Dependency({
    name: "store",
    detail: "The store is away",
    isConnected: () => isConnected,
  });
  const fine = () => Promise.resolve("fine");
  assert.equal(await codeOf(store.run(() => assert.fail("it is asked"))), "unavailable");
  assert.deepEqual([store.state, store.turnedAway.refused], [2, 1]);
  isConnected = true;
  assert.equal(await codeOf(store.run(fine)), "fine");
});

Deno.test("who was turned away is shown as counters, which a scrape does not change", async () => {
  const metrics = createMetrics("test");
  const store = dependency();
  showDependencies(metrics, [store]);
  const unreachable = () => Promise.reject(new Unreachable("nobody listens"));
  for (let n = 0; n < 7; n++) assert.equal(await codeOf(store.run(unreachable)), "unavailable");
  for (let scrape = 0; scrape < 2; scrape++) {
    const text = await metrics.registry.getSingleMetricAsString("tf_circuit_turned_away_total");
    assert.match(text, /^# TYPE tf_circuit_turned_away_total counter$/m);
    assert.match(text, /reason="unreachable".*\} 5$/m);
    assert.match(text, /reason="refused".*\} 2$/m);
    assert.match(text, /reason="late".*\} 0$/m);
  }
});

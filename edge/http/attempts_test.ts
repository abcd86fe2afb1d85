import assert from "node:assert/strict";
import { Attempts } from "./attempts.ts";

function counted(limit = 3) {
  let nowMs = 0;
  const told: string[] = [];
  const attempts = new Attempts("failures", { limit, windowSeconds: 60 }, {
    now: () => nowMs,
    onPending: (key) => told.push(`${key} ${attempts.pendingHere(key)}`),
  });
  return { attempts, told, pass: (seconds: number) => nowMs += seconds * 1000 };
}

Deno.test("no more attempts are checked at once than may fail; one that did not gives its room back", () => {
  const { attempts, told } = counted();
  const [first, second, third] = [1, 2, 3].map(() => attempts.begin("ana"));
  assert.equal(attempts.begin("ana"), undefined);
  assert.ok(attempts.begin("ben"));
  first?.[Symbol.dispose]();
  for (const attempt of [second, third]) {
    attempt?.failed();
    attempt?.[Symbol.dispose]();
  }
  assert.ok(attempts.begin("ana"), "two of three have failed");
  assert.equal(attempts.begin("ana"), undefined);
  assert.deepEqual(told.filter((text) => text.startsWith("ana")), [
    "ana 1",
    "ana 2",
    "ana 3",
    "ana 2",
    "ana 1",
    "ana 0",
    "ana 1",
  ]);
});

Deno.test("attempts that are checked elsewhere take room, until they are over or their process has been silent for a minute", () => {
  const { attempts, pass } = counted();
  assert.ok(attempts.begin("ana"));
  attempts.notePending("b", "ana", 2);
  assert.ok(attempts.fits("ana"));
  assert.equal(attempts.begin("ana"), undefined);
  attempts.notePending("c", "ana", 1);
  assert.equal(attempts.fits("ana"), false, "both began at the same time");
  attempts.notePending("c", "ana", 0);
  assert.ok(attempts.fits("ana"));
  pass(61);
  attempts.notePending("c", "ana", 1);
  assert.ok(attempts.begin("ana"));
  assert.equal(attempts.begin("ana"), undefined);
});

Deno.test("failures elsewhere take room like those here", () => {
  const { attempts } = counted();
  attempts.noteFailures("ana", 2);
  assert.ok(attempts.begin("ana"));
  assert.equal(attempts.begin("ana"), undefined);
  attempts.noteFailures("ana", 1);
  assert.equal(attempts.fits("ana"), false);
  assert.equal(attempts.secondsUntilRoom("ana"), 20);
});

import assert from "node:assert/strict";
import { FailureWait, LONGEST_WAIT_MS } from "./failure_wait.ts";

function waiting(limit = 5, windowSeconds = 60) {
  let nowMs = 0;
  const waits = new FailureWait("failures", { limit, windowSeconds }, { now: () => nowMs });
  return { waits, pass: (seconds: number) => nowMs += seconds * 1000 };
}

Deno.test("as many failures as are free need no wait, each further one doubles it", () => {
  const { waits, pass } = waiting();
  for (let left = 5; left > 0; left--) {
    assert.deepEqual(waits.room("ana"), { attempts: left, seconds: 0 });
    waits.take("ana");
  }
  for (const seconds of [12, 24, 48, 96, 192, 384, 768, 900, 900]) {
    assert.deepEqual(waits.room("ana"), { attempts: 0, seconds });
    pass(seconds);
    assert.deepEqual(waits.room("ana"), { attempts: 1, seconds: 0 });
    waits.take("ana");
  }
  assert.deepEqual(waits.room("ben"), { attempts: 5, seconds: 0 });
});

Deno.test("nobody is locked out for good: a day of guesses is some hundred, then it is as before", () => {
  const { waits, pass } = waiting();
  let guesses = 0;
  for (let second = 0; second < 24 * 3600; second++) {
    if (waits.room("ana").attempts > 0) {
      waits.take("ana");
      guesses++;
    }
    pass(1);
  }
  assert.ok(guesses > 90 && guesses < 120, `${guesses} guesses`);
  pass(30 * LONGEST_WAIT_MS / 1000);
  assert.deepEqual(waits.room("ana"), { attempts: 5, seconds: 0 });
});

Deno.test("failures elsewhere count like those here, and are not told again", () => {
  const told: string[] = [];
  const quota = { limit: 2, windowSeconds: 60 };
  const waits = new FailureWait("failures", quota, {
    now: () => 0,
    onTake: (key) => told.push(key),
  });
  waits.take("ana");
  waits.note("ana", 2);
  assert.deepEqual(waits.room("ana"), { attempts: 0, seconds: 60 });
  assert.deepEqual(told, ["ana"]);
});

Deno.test("however many failures there are, the wait has its bound", () => {
  const { waits } = waiting();
  waits.note("ana", 1e9);
  assert.deepEqual(waits.room("ana"), { attempts: 0, seconds: LONGEST_WAIT_MS / 1000 });
});

Deno.test("a limit of 0 counts nothing", () => {
  const { waits } = waiting(0);
  for (let i = 0; i < 100; i++) waits.take("ana");
  assert.deepEqual(waits.room("ana"), { attempts: Infinity, seconds: 0 });
});

/**
 * Which tests hold the edge to what it does where Deno Deploy runs it: all of the edge's, black boxes over HTTP, but
 * those that can say nothing there. Pure.
 */
import type { TestGroup } from "./_test_groups.ts";

/** By name of the file below `tests/integration`: why it says nothing of an edge on Deno Deploy. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "edge_drain_test.ts": "the platform ends what serves there, nobody asks it to drain",
  "edge_keys_test.ts": "there are no files that change under it",
  "edge_nats_permissions_test.ts": "parts of the edge run in the process of the tests",
  "edge_past_log_test.ts": "parts of the edge run in the process of the tests",
  "edge_refused_start_test.ts": "no process ends there, a start is tried again",
  "security_checklist_test.ts": "it reads documents",
  "security_framing_test.ts": "what stands in front reads the bytes of requests and routes by host",
  "security_guesses_test.ts": "it counts on passwords that are hashed in 25 ms, two at a time",
  "security_ports_test.ts": "there is one port, and it is the platform's",
  "security_rules_test.ts": "it reads the code",
  "security_timing_test.ts": "it counts on passwords that are hashed in 25 ms, two at a time",
};

/** The group of those of `files`, which are the names in `tests/integration`. */
export function floorGroup(files: readonly string[]): TestGroup {
  const paths = files.filter((name) => /^(edge|security)_.*_test\.ts$/.test(name))
    .filter((name) => !(name in ELSEWHERE))
    .map((name) => `tests/integration/${name}`);
  return {
    name: "floor",
    paths: paths.toSorted(),
    timeLimitMs: 500_000,
    parallel: true,
    // They wait for more than half of their time.
    atOnce: Math.max(4, navigator.hardwareConcurrency),
  };
}

/** The files that are left out; for the test that each is there. */
export const leftOut: readonly string[] = Object.keys(ELSEWHERE);

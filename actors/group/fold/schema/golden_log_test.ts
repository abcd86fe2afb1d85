import assert from "node:assert/strict";
import { EVENT_TYPES, type GroupEvent, TYPE_PREFIX, versionOf } from "../../../protocol/mod.ts";
import { emptyGroup, evolve, type GroupState, toSnapshot } from "../mod.ts";
import { goldenLog } from "./golden_log.ts";

/** The content of the state, without what every event moves on. */
function content(state: GroupState): string {
  const { version: _, ledger: _l, ...rest } = toSnapshot(state);
  return JSON.stringify(rest);
}

Deno.test("the golden log has every type of event, and each has an effect that shows", () => {
  const effective = new Set<GroupEvent["type"]>();
  let state = emptyGroup("golden");
  for (const event of goldenLog()) {
    const after = evolve(state, event);
    if (content(after) !== content(state)) effective.add(event.type);
    state = after;
  }
  assert.deepEqual([...effective].sort(), EVENT_TYPES.map((t) => TYPE_PREFIX + t).sort());
});

Deno.test("the golden log is a log: its versions are dense and it shows undo, redo and unknown types", () => {
  const log = goldenLog();
  assert.deepEqual(log.map(versionOf), log.map((_, index) => index + 1));
  const { ledger } = toSnapshot(log.reduce(evolve, emptyGroup("golden")));
  assert.equal(ledger.entries.length, log.length);
  assert.ok(ledger.entries.some((entry) => entry.undoes !== undefined));
  assert.ok(ledger.entries.some((entry) => entry.redoes !== undefined));
  assert.ok(ledger.entries.some((entry) => entry.redone_by !== undefined));
  const last = log.at(-1)?.type.slice(TYPE_PREFIX.length) ?? "";
  assert.ok(!EVENT_TYPES.some((type) => type === last));
});

import assert from "node:assert/strict";
import { evolve } from "../mod.ts";
import { versionOf } from "../../../protocol/mod.ts";
import { snapshotSchema } from "./snapshot_schema.ts";
import { goldenLog } from "./golden_log.ts";

Deno.test("the same fold has the same schema, whoever computes it", () => {
  assert.match(snapshotSchema(), /^[0-9a-f]{32}$/);
  assert.equal(snapshotSchema(), snapshotSchema((state, event) => evolve(state, event)));
});

Deno.test("a fold that ignores any one type of event has another schema", () => {
  const schema = snapshotSchema();
  for (const type of new Set(goldenLog().map((event) => event.type))) {
    const ignoring = snapshotSchema((state, event) => {
      const { version, ledger } = evolve(state, event);
      return event.type === type ? { ...state, version, ledger } : evolve(state, event);
    });
    // Of a type that nobody knows, version and ledger are all that is kept.
    if (type.endsWith("nothing.known")) assert.equal(ignoring, schema);
    else assert.notEqual(ignoring, schema, type);
  }
});

Deno.test("a fold that treats one event slightly otherwise has another schema", () => {
  const schema = snapshotSchema();
  assert.notEqual(
    snapshotSchema((state, event) => ({ ...evolve(state, event), version: versionOf(event) + 1 })),
    schema,
  );
  assert.notEqual(
    snapshotSchema((state, event) => {
      const next = evolve(state, event);
      return event.type === "com.todo1m.todo.completed"
        ? { ...next, next_todo_number: next.next_todo_number + 1 }
        : next;
    }),
    schema,
  );
  assert.notEqual(
    snapshotSchema((state, event) => ({ ...evolve(state, event), ledger: state.ledger })),
    schema,
  );
});

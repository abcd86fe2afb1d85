/** The schemas of events against logs: one with every type and field, and random ones as groups write them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type EventType, type GroupEvent, TYPE_PREFIX } from "../../actors/protocol/mod.ts";
import { goldenLog, history, play } from "../../actors/group/testing/mod.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { reference, schemaDocument } from "./_json_schema.ts";
import { dataSchemaPath, EVENT_DATA, EVENT_TYPES, eventSchema } from "./event_schemas.ts";
import { SchemaChecks } from "./testing/mod.ts";

const checks = new SchemaChecks(asyncApiDocument());

function typeOf(event: GroupEvent): EventType {
  return event.type.slice(TYPE_PREFIX.length) as EventType;
}

function assertFits(event: GroupEvent): void {
  assert.equal(checks.faults(reference("Event"), event), "", JSON.stringify(event));
  assert.equal(event.dataschema, dataSchemaPath(typeOf(event)));
}

Deno.test("every event of the golden log fits its schema, which knows every field", () => {
  const known = goldenLog().filter((event) => EVENT_TYPES.includes(typeOf(event)));
  for (const event of known) assertFits(event);
  assert.deepEqual([...new Set(known.map(typeOf))].sort(), [...EVENT_TYPES].sort());
});

Deno.test("an event that lacks a field, has another one or one of another kind does not fit", () => {
  const [created] = goldenLog();
  assert.ok(created);
  const wrong: object[] = [
    { ...created, data: {} },
    { ...created, data: { ...created.data, color: "red" } },
    { ...created, sequence: 1 },
    { ...created, type: "com.todo1m.todo.created" },
    { ...created, id: undefined },
  ];
  for (const event of wrong) {
    const json = JSON.parse(JSON.stringify(event));
    assert.notEqual(checks.faults(reference("Event"), json), "", JSON.stringify(json));
  }
});

Deno.test("whatever a group decides fits the schema of its type", () => {
  fc.assert(
    fc.property(history(20), (steps) => {
      for (const event of play(steps).group.log) assertFits(JSON.parse(JSON.stringify(event)));
    }),
    { numRuns: 30 },
  );
});

Deno.test("each schema stands alone: it names itself and refers to nothing outside", () => {
  for (const type of EVENT_TYPES) {
    const document = schemaDocument(EVENT_DATA[type], { id: dataSchemaPath(type), title: type });
    assert.equal(document["$id"], `/schemas/${type}/1.json`);
    assert.doesNotMatch(JSON.stringify(document), /#\/components/);
    assert.equal(eventSchema(type).entries.dataschema.literal, document["$id"]);
  }
});

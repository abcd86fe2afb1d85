/** Every schema and every field of both documents says what it means, and no words are left over. */
import assert from "node:assert/strict";
import { asyncApiDocument } from "./asyncapi.ts";
import { allSchemas } from "./document.ts";
import { FIELD_WORDS } from "./field_words.ts";

type Schema = { readonly [keyword: string]: unknown };
type Schemas = Readonly<Record<string, Schema>>;

const DOCUMENTS: Readonly<Record<string, Schemas>> = {
  "/openapi.json": allSchemas(),
  "/asyncapi.json": asyncApiDocument().components.schemas,
};

interface Field {
  readonly place: string;
  readonly words: unknown;
}

/** Every field below `value`, however deep, with the place where it is. */
function fieldsOf(place: string, value: unknown): Field[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key !== "properties") return fieldsOf(place, inner);
    return Object.entries(inner as Schemas).flatMap(([field, schema]) => {
      const at = `${place}.${field}`;
      return [{ place: at, words: schema["description"] }, ...fieldsOf(at, schema)];
    });
  });
}

function allFieldsOf(schemas: Schemas): Field[] {
  return Object.entries(schemas).flatMap(([name, schema]) => fieldsOf(name, schema));
}

function isSaid(words: unknown): boolean {
  return typeof words === "string" && words.length > 2;
}

for (const [address, schemas] of Object.entries(DOCUMENTS)) {
  Deno.test(`every field of ${address} says what it means`, () => {
    const fields = allFieldsOf(schemas);
    assert.ok(fields.length > 500, `${fields.length}`);
    assert.deepEqual(fields.filter(({ words }) => !isSaid(words)).map(({ place }) => place), []);
  });

  Deno.test(`every schema of ${address} says what it is`, () => {
    const untold = Object.keys(schemas).filter((name) => !isSaid(schemas[name]?.["description"]));
    assert.deepEqual(untold, []);
  });
}

Deno.test("a field without words is found, however deep it is", () => {
  const item = { type: "object", properties: { deep: { type: "string" } } };
  const list = { type: "array", items: { oneOf: [item] }, description: "A list" };
  const fields = allFieldsOf({ A: { type: "object", properties: { list } } });
  assert.deepEqual(fields.map(({ place, words }) => [place, isSaid(words)]), [
    ["A.list", true],
    ["A.list.deep", false],
  ]);
});

Deno.test("no field has words that nobody gets to read", () => {
  const read = new Set(
    Object.values(DOCUMENTS).flatMap(allFieldsOf).map(({ words }) => words),
  );
  const unread = Object.entries(FIELD_WORDS).filter(([, words]) => !read.has(words));
  assert.deepEqual(unread.map(([key]) => key), []);
});

Deno.test("a name that means several things has the words of its schema", () => {
  const words = (name: string, field: string) => {
    const properties = allSchemas()[name]?.["properties"] as Schemas | undefined;
    return `${properties?.[field]?.["description"]}`;
  };
  assert.match(words("Due", "time"), /HH:MM/);
  assert.match(words("Problem", "title"), /code/);
  assert.match(words("Todo", "status"), /column/);
  assert.match(words("Task", "id"), /Number/);
});

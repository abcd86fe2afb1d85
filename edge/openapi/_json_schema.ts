/**
 * JSON Schema (2020-12) from valibot schemas. Rules that are code have no counterpart there; those that can
 * be told in part are told here, so that what the schema refuses the edge refuses too.
 */
import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import type * as v from "valibot";
import {
  Description,
  DESCRIPTION_MAX_BYTES,
  Due,
  GroupName,
  Instant,
  PAYLOADS,
  Title,
  UuidV7,
} from "../../actors/protocol/mod.ts";
import { LINE } from "./_text_patterns.ts";
import { REQUEST_SCHEMAS } from "./request_schemas.ts";
import { withFieldWords } from "./field_words.ts";

/** A JSON Schema, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

const UUID_V7 = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

const ONE_NEIGHBOUR = { not: { required: ["before", "after"] } };

/** What is told of a schema by the last of its checks, which is code. */
const ADDED: ReadonlyMap<unknown, JsonSchema> = new Map<unknown, JsonSchema>([
  [lastCheck(UuidV7), { format: "uuid", pattern: UUID_V7 }],
  [lastCheck(Title), { pattern: LINE }],
  [lastCheck(GroupName), { pattern: LINE }],
  [lastCheck(Description), {
    // Characters, not bytes: what is longer is too long in any case.
    maxLength: DESCRIPTION_MAX_BYTES,
    description:
      `At most ${DESCRIPTION_MAX_BYTES} bytes of UTF-8: so many characters of ASCII, and ` +
      "fewer where they take two to four bytes each.",
  }],
  [lastCheck(Instant), { format: "date-time" }],
  [lastCheck(Due.entries.date), { format: "date" }],
  // Whom it is about, or who asks, and at least one change.
  [lastCheck(PAYLOADS["todo.update"]), { minProperties: 2 }],
  [lastCheck(REQUEST_SCHEMAS.ProfileChange), { minProperties: 2 }],
  [lastCheck(PAYLOADS["todo.create"]), ONE_NEIGHBOUR],
  [lastCheck(PAYLOADS["todo.move"]), ONE_NEIGHBOUR],
]);

function lastCheck(schema: v.GenericSchema): unknown {
  const { pipe } = schema as { readonly pipe?: readonly { readonly kind: string }[] };
  const check = pipe?.findLast(({ kind }) => kind === "validation");
  if (!check) throw new TypeError("Cannot tell more of a schema that checks nothing");
  return check;
}

/** `maxLength` counts code points (JSON Schema Validation, section 6.3.1), as this check does. */
function codePointLimit(action: object): JsonSchema | undefined {
  const { type, requirement } = action as {
    readonly type?: unknown;
    readonly requirement?: unknown;
  };
  return type === "max_code_points" ? { maxLength: requirement } : undefined;
}

const CONFIG: ConversionConfig = {
  target: "draft-2020-12",
  typeMode: "input",
  errorMode: "ignore",
  overrideSchema: ({ valibotSchema: { type }, jsonSchema }) => {
    if (type === "loose_object") return { ...jsonSchema, additionalProperties: true };
    if (type !== "tuple") return undefined;
    const count = jsonSchema.prefixItems?.length ?? 0;
    return { ...jsonSchema, items: {}, minItems: count, maxItems: count };
  },
  overrideAction: ({ valibotAction, jsonSchema }) => {
    const added = ADDED.get(valibotAction) ?? codePointLimit(valibotAction);
    return added ? { ...jsonSchema, ...added } : undefined;
  },
};

/** `schema` as a document of its own. */
export function schemaDocument(
  schema: v.GenericSchema,
  meta: { readonly id: string; readonly title: string },
): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, CONFIG) as JsonSchema;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: meta.id,
    title: meta.title,
    ...rest,
  };
}

/** The schemas by name, each of which refers to the others by their place among the components. */
export function componentSchemas(
  schemas: Readonly<Record<string, v.GenericSchema>>,
): Record<string, JsonSchema> {
  const converted = toJsonSchemaDefs(schemas, {
    ...CONFIG,
    overrideRef: ({ referenceId }) => reference(referenceId).$ref,
  });
  return withFieldWords(converted as Record<string, JsonSchema>);
}

/** A reference to the component `name`. */
export function reference(name: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}

/**
 * Judges answers by the API's document: its status, media type, header fields and body must be what the
 * document says. Objects are taken as closed, so that a field that is not described is found.
 */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

type Json = { readonly [key: string]: unknown };

interface Media {
  readonly [type: string]: {
    /** None of streams, whose frames /asyncapi.json describes. */
    readonly schema?: object;
    readonly example?: unknown;
    readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>;
  };
}

export interface DocumentedAnswer {
  readonly headers?: Json;
  readonly content?: Media;
}

export interface DocumentedOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly security: readonly Json[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Media };
  readonly responses: Readonly<Record<string, DocumentedAnswer>>;
}

/** The parts of an OpenAPI document that answers are held against. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Json };
}

/** An operation and where it is. */
export interface Place {
  readonly method: string;
  /** Path with parameters in braces. */
  readonly path: string;
  readonly operation: DocumentedOperation;
}

/** What came as an answer. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Fields that only some answers have, and that must be described where they are. */
const TOLD = [
  "accept",
  "etag",
  "location",
  "idempotency-replayed",
  "preference-applied",
  "retry-after",
  "ratelimit",
  "ratelimit-policy",
  "www-authenticate",
  "set-cookie",
];

/** The operations of a document. */
export function placesOf(document: ApiDocument): Place[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    }))
  );
}

/** Makes functions that check values by the schemas of `document`, with or without further fields. */
export class SchemaChecks {
  readonly #ajv: Ajv2020;
  readonly #known = new Map<string, ValidateFunction>();

  constructor(document: { readonly components: { readonly schemas: Json } }) {
    this.#ajv = new Ajv2020({ allErrors: false, strict: false });
    // The package is CommonJS: its types say `default` where the module is the function.
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    const { schemas } = document.components;
    this.#ajv.addSchema({ $id: "api", components: { schemas: closed(schemas) } });
  }

  /** What is wrong with `value` by `schema`, a part of the document; "" when nothing is. */
  faults(schema: object, value: unknown): string {
    const text = JSON.stringify(schema).replaceAll('"#/components', '"api#/components');
    let check = this.#known.get(text);
    if (!check) {
      check = this.#ajv.compile(closed(JSON.parse(text)) as object);
      this.#known.set(text, check);
    }
    return check(value) ? "" : this.#ajv.errorsText(check.errors);
  }
}

/** `schema` with every object that has fields closed, but where it only narrows another schema. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  const isObject = "properties" in schema && "type" in schema && schema.type === "object";
  return isObject && !("additionalProperties" in schema)
    ? { ...inner, additionalProperties: false }
    : inner;
}

/** What of `answer` is not as the document says; "" when all is. */
export function answerFaults(checks: SchemaChecks, place: Place, answer: Answered): string {
  const documented = place.operation.responses[answer.status];
  if (!documented) return `status ${answer.status} is not in the document: ${answer.text}`;
  const described = new Set(
    Object.keys(documented.headers ?? {}).map((name) => name.toLowerCase()),
  );
  const untold = TOLD.filter((name) => answer.headers.has(name) && !described.has(name));
  if (untold.length > 0) return `has the fields ${untold.join(", ")}, which are not described`;
  // Those that the document says every such answer has.
  const missing = ["etag", "www-authenticate"].filter((name) =>
    described.has(name) && !answer.headers.has(name)
  );
  if (missing.length > 0) return `lacks the fields ${missing.join(", ")}`;
  const contents = Object.entries(documented.content ?? {});
  if (contents.length === 0) return answer.text === "" ? "" : `has a body: ${answer.text}`;
  const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
  const [, media] = contents.find(([name]) => name === type || name === "*/*") ?? [];
  if (!media) return `is ${type} instead of ${contents.map(([name]) => name).join(" or ")}`;
  if (!media.schema) return "";
  const value = /[/+]json$/.test(type) ? JSON.parse(answer.text) : answer.text;
  const faults = checks.faults(media.schema, value);
  return faults === "" ? "" : `${faults}: ${answer.text.slice(0, 1_000)}`;
}

/**
 * Arbitrary values by the schemas of the API's document: values that fit, and such values with a fault
 * somewhere. Names that stand for things that exist, ids first of all, are often filled with real ones, so that
 * requests reach what lies behind the first check.
 */
import fc from "fast-check";

type Schema = { readonly [keyword: string]: unknown };

export interface SchemaValuesOptions {
  /** The document's schemas by name. */
  readonly schemas: Schema;
  /** Values that stand for something, by the name of a property or parameter. */
  readonly known: Readonly<Record<string, readonly string[]>>;
}

/** Values that code is apt to take for others, or to trip over. */
const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "0",
  "null",
  "a.b",
  "*",
  ">",
  "\0",
  "a\nb",
  "‮",
  "👩‍👩‍👧‍👦",
  "'; drop table todos; --",
  "<script>alert(1)</script>",
  "../..",
  "x".repeat(2_000),
  [],
  {},
  [[]],
  { constructor: 1 },
  // Written so, it is a field; in a literal it would be the prototype.
  JSON.parse('{"__proto__":1}'),
  JSON.parse('{"__proto__":{"a":1}}'),
  "2027-02-30T25:61:61Z",
]; // prettier-ignore

const REFERENCE = "#/components/schemas/";
const MOST_DEEP = 5;

export class SchemaValues {
  readonly #options: SchemaValuesOptions;
  readonly #references = new Map<string, fc.Arbitrary<unknown>>();

  constructor(options: SchemaValuesOptions) {
    this.#options = options;
  }

  /** Values that fit `schema`; `name` is the property or parameter they are for. */
  fitting(schema: Schema, name = "", depth = 0): fc.Arbitrary<unknown> {
    const known = this.#options.known[name];
    const any = this.#any(schema, depth);
    return known ? fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...known) }, any) : any;
  }

  /** Values that fit `schema` but for one place, where they may not. */
  faulty(schema: Schema, name = ""): fc.Arbitrary<unknown> {
    return fc.tuple(this.fitting(schema, name), fc.nat(), fc.constantFrom(...ODD), fc.nat(3))
      .map(([value, place, odd, change]) => spoilt(value, place, odd, change));
  }

  #any(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    if (typeof schema["$ref"] === "string") return this.#referred(schema["$ref"], depth);
    if ("const" in schema) return fc.constant(schema["const"]);
    if (Array.isArray(schema["enum"])) return fc.constantFrom(...schema["enum"]);
    const choices = schema["anyOf"] ?? schema["oneOf"];
    if (Array.isArray(choices)) {
      return fc.oneof(...choices.map((choice: Schema) => this.#any(choice, depth)));
    }
    switch (schema["type"]) {
      case "object":
        return this.#object(schema, depth);
      case "array":
        return this.#array(schema, depth);
      case "string":
        return textOf(schema);
      case "integer":
        return fc.integer(within(schema));
      case "number":
        return fc.double({ ...within(schema), noNaN: true });
      case "boolean":
        return fc.boolean();
      case "null":
        return fc.constant(null);
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  }

  #referred(reference: string, depth: number): fc.Arbitrary<unknown> {
    const name = reference.slice(REFERENCE.length);
    const key = `${name} ${depth}`;
    let found = this.#references.get(key);
    if (!found) {
      found = this.#any(this.#options.schemas[name] as Schema, depth);
      this.#references.set(key, found);
    }
    return found;
  }

  #object(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Schema>);
    const required = (schema["required"] ?? []) as string[];
    const wanted = properties.filter(([name]) => depth < MOST_DEEP || required.includes(name));
    const fields = fc.record(
      Object.fromEntries(
        wanted.map(([name, property]) => [name, this.fitting(property, name, depth + 1)]),
      ),
      { requiredKeys: required },
    );
    const others = schema["additionalProperties"];
    if (typeof others !== "object" || others === null) return fields;
    const names = textOf((schema["propertyNames"] ?? {}) as Schema);
    const more = fc.dictionary(names, this.#any(others as Schema, depth + 1), { maxKeys: 3 });
    return fc.tuple(more, fields).map(([free, fixed]) => ({ ...free, ...fixed }));
  }

  #array(schema: Schema, depth: number): fc.Arbitrary<unknown> {
    const items = this.#any((schema["items"] ?? {}) as Schema, depth + 1);
    const minLength = Number(schema["minItems"] ?? 0);
    const maxLength = Math.min(Number(schema["maxItems"] ?? 4), minLength + 4);
    return fc.array(items, { minLength, maxLength });
  }
}

function textOf(schema: Schema): fc.Arbitrary<string> {
  const minLength = Number(schema["minLength"] ?? 0);
  const maxLength = Math.min(Number(schema["maxLength"] ?? 40), minLength + 40);
  if (schema["format"] === "date-time") {
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  }
  if (typeof schema["pattern"] === "string") {
    return fc.stringMatching(new RegExp(schema["pattern"], "u"))
      .filter(({ length }) => length >= minLength);
  }
  return fc.string({ minLength, maxLength, unit: "grapheme" });
}

/** The bounds of a number; rather small ones and the bounds themselves than any of the range. */
function within(schema: Schema): { min: number; max: number } {
  const min = Number(schema["minimum"] ?? -1_000);
  return { min, max: Number(schema["maximum"] ?? Math.max(1_000, min)) };
}

/**
 * `value` with a fault: at the place that `place` picks, `odd` stands instead (change 0), or something is
 * missing (1), or `odd` stands under a name that nobody asked for (2), `__proto__` among them (3).
 */
function spoilt(value: unknown, place: number, odd: unknown, change: number): unknown {
  const copy = structuredClone(value);
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const collect = (holder: unknown) => {
    if (typeof holder !== "object" || holder === null) return;
    for (const key of Object.keys(holder)) {
      places.push({ holder: holder as Record<string, unknown>, key });
      collect((holder as Record<string, unknown>)[key]);
    }
  };
  collect(copy);
  const picked = places[place % (places.length + 1)];
  if (!picked) return odd;
  if (change === 0) picked.holder[picked.key] = odd;
  else if (change === 1) delete picked.holder[picked.key];
  else {
    const key = change === 2 ? `${picked.key}_` : "__proto__";
    Object.defineProperty(picked.holder, key, { value: odd, enumerable: true, configurable: true });
  }
  return copy;
}

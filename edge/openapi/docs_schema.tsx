/** JSON Schemas for people: in a few words where they stand in a line, as a table where they stand alone. */
import type { JsonSchema } from "./_json_schema.ts";

const REFERENCE = /^#\/components\/schemas\/(.+)$/;

function asSchema(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null ? value as JsonSchema : {};
}

function list(value: unknown): JsonSchema[] {
  return Array.isArray(value) ? value.map(asSchema) : [];
}

/** A schema in a line: its name, or what kind of value it is. */
export function Schema({ schema }: { schema: JsonSchema }) {
  const [, name] = REFERENCE.exec(`${schema["$ref"]}`) ?? [];
  if (name !== undefined) return <a href={`#schema-${name}`}>{name}</a>;
  const choices = list(schema["anyOf"] ?? schema["oneOf"] ?? schema["allOf"]);
  if (choices.length > 0) {
    return (
      <span>
        {choices.map((choice, index) => (
          <>
            {index > 0 ? " or " : ""}
            <Schema schema={choice} />
          </>
        ))}
      </span>
    );
  }
  if (schema["type"] === "array") {
    return (
      <span>
        list of <Schema schema={asSchema(schema["items"])} />
        <Limits schema={schema} />
      </span>
    );
  }
  if (schema["type"] === "object" && schema["properties"]) return <SchemaBody schema={schema} />;
  return (
    <span>
      {kindOf(schema)}
      <Limits schema={schema} />
    </span>
  );
}

function kindOf(schema: JsonSchema) {
  if (schema["const"] !== undefined) return <code>{JSON.stringify(schema["const"])}</code>;
  const values = schema["enum"];
  if (Array.isArray(values)) {
    return <code>{values.map((each) => JSON.stringify(each)).join(" or ")}</code>;
  }
  const format = schema["format"];
  return `${schema["type"] ?? "any value"}${typeof format === "string" ? ` (${format})` : ""}`;
}

function Limits({ schema }: { schema: JsonSchema }) {
  const { pattern, default: fallback } = schema;
  const said = [
    range(schema["minimum"], schema["maximum"]),
    range(schema["minLength"], schema["maxLength"], " characters"),
    range(schema["minItems"], schema["maxItems"], " items"),
    fallback === undefined ? undefined : `${fallback} without it`,
  ].filter((each) => each !== undefined);
  return (
    <>
      {said.length === 0 ? null : <span class="docs-limits">{said.join(", ")}</span>}
      {typeof pattern === "string" ? <code class="docs-pattern">{pattern}</code> : null}
    </>
  );
}

function range(from: unknown, to: unknown, unit = ""): string | undefined {
  const least = typeof from === "number" && from > 0 ? from : undefined;
  const most = typeof to === "number" && to < 999_999_999_999_999 ? to : undefined;
  if (least === undefined && most === undefined) return from === 0 ? "0 or more" : undefined;
  if (most === undefined) return `at least ${least}${unit}`;
  return from === undefined ? `at most ${most}${unit}` : `${from} to ${most}${unit}`;
}

function Words({ schema: { description } }: { schema: JsonSchema }) {
  return typeof description === "string" ? <p>{description}</p> : null;
}

/** A schema that stands alone. */
export function SchemaBody({ schema }: { schema: JsonSchema }) {
  const properties = schema["properties"];
  if (properties === undefined) return <Schema schema={schema} />;
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  const rows = Object.entries(asSchema(properties));
  if (rows.length === 0) return <span class="docs-muted">object without fields</span>;
  return (
    <div class="docs-scroll">
      <table>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td class="docs-muted">{required.has(name) ? "" : "optional"}</td>
              <td>
                <Words schema={asSchema(value)} />
                <Schema schema={asSchema(value)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {schema["additionalProperties"] === false
        ? <p class="docs-muted">Other fields are refused.</p>
        : null}
    </div>
  );
}

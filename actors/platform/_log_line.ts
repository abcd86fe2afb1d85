/**
 * Makes the line of a log record. Of an error it tells name, code, message and stack, and what caused it: whatever
 * else libraries attach may be data of people, as the row in the `detail` of Postgres is.
 */
import { getJsonLinesFormatter, type LogRecord } from "@logtape/logtape";

/** Longest chain of causes, and of things in things, in which errors are looked for. */
const MAX_DEPTH = 8;
const format = getJsonLinesFormatter({ properties: "flatten" });

/** One line of JSON, without its end, for `record` of the process named `process`. */
export function logLine(record: LogRecord, process: string): string {
  const message = record.message.map((part, index) =>
    index % 2 === 1 && part instanceof Error ? String(part) : part
  );
  const properties: Record<string, unknown> = { process };
  for (const [name, value] of Object.entries(record.properties)) {
    properties[name] = withPlainErrors(value);
  }
  return format({ ...record, message, properties }).trimEnd();
}

/** `value` with every error in it, as far as it is made of plain objects and arrays, as what may be told of it. */
function withPlainErrors(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return plainError(value, depth);
  if (depth >= MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((each) => withPlainErrors(each, depth + 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withPlainErrors(each, depth + 1)]),
  );
}

function plainError(error: Error, depth: number): Readonly<Record<string, unknown>> {
  const { name, message, stack, cause } = error;
  const { code } = error as { readonly code?: unknown };
  const inside = (value: unknown) =>
    depth < MAX_DEPTH ? withPlainErrors(value, depth + 1) : String(value);
  return {
    name,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause: inside(cause) }),
    ...(error instanceof AggregateError ? { errors: error.errors.map(inside) } : {}),
  };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

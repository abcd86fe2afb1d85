/**
 * Arbitrary requests by the API's document: right ones; ones with a fault in path, query, header fields or body;
 * and ones that no program would make of the document, with parameters twice, bodies that are no JSON, and bodies
 * under the name of something else.
 */
import fc from "fast-check";
import type { Place } from "../../edge/openapi/testing/mod.ts";
import { setting } from "../support/eventually.ts";
import type { SchemaValues } from "./_schema_values.ts";

type Schema = Record<string, unknown>;

/** A parameter as the document describes it. */
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly allowEmptyValue?: boolean;
  readonly schema: Schema;
}

/** A parameter and what is sent as its value; `undefined` when it is left out. */
export interface Given extends Parameter {
  readonly text: string | undefined;
}

export interface Body {
  /** Media type of the document whose schema the value was made by. */
  readonly type: string;
  readonly schema: Schema;
  /** What `Content-Type` says; `undefined` for nothing. */
  readonly sentAs: string | undefined;
  readonly bytes: string | Uint8Array<ArrayBuffer>;
}

export interface Request {
  readonly path: string;
  readonly given: readonly Given[];
  /** Whether some parameter of the query is there twice. */
  readonly isTwofold: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  readonly token: string | undefined;
}

/** Bodies that are no JSON, or such as parsers differ about. */
const NO_JSON: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  "",
  "{",
  '{"a":}',
  "[1,2",
  "nul",
  "{'a':1}",
  '{"a":1}{"b":2}',
  '{"a":1,}',
  "\ufeff{}",
  '"\\ud800"',
  '{"a":"\\u0000"}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '{"a":1,"a":2}',
  "1e999",
  "-0",
  "[".repeat(5_000),
  '{"a":'.repeat(40) + "1" + "}".repeat(40),
  new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
]; // prettier-ignore

/** Names for a body that is JSON and may be called something else. */
const OTHER_TYPES = [
  "text/plain",
  "application/xml",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=latin1",
  "application/JSON;charset=UTF-8",
  "application/merge-patch+json",
  "nonsense",
  undefined,
];

/** Text that a header field may have, each character one byte. */
const isFieldText = (text: string) =>
  /^[\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/.test(text);
/** Text that is one segment of a path, and stays it. */
const isSegment = (text: string) =>
  text !== "" && text !== "." && text !== ".." && text.isWellFormed();

export class Requests {
  readonly #values: SchemaValues;
  readonly #tokens: readonly string[];

  constructor(values: SchemaValues, tokens: readonly string[]) {
    this.#values = values;
    this.#tokens = tokens;
  }

  /** Requests for `place`. */
  of({ path, operation }: Place): fc.Arbitrary<Request> {
    const parameters = (operation.parameters ?? []) as readonly Parameter[];
    const contents = Object.entries(operation.requestBody?.content ?? {});
    const wants = (token: string) => operation.security.some((each) => token in each);
    const tokens = wants("opsToken") ? [setting("TEST_OPS_TOKEN")] : this.#tokens;
    return fc.record({
      texts: fc.tuple(...parameters.map((each) => this.#parameter(each))),
      twice: fc.oneof({ weight: 24, arbitrary: fc.constant(undefined) }, fc.nat()),
      body: contents.length === 0 ? fc.constant(undefined) : fc.oneof(
        ...contents.map(([type, { schema }]) => this.#body(type, schema as Schema)),
      ),
      token: fc.oneof(
        { weight: 30, arbitrary: fc.constantFrom(...tokens) },
        fc.constant(undefined),
      ),
    }).map(({ texts, twice, body, token }) => {
      const given = parameters.map((parameter, i) => ({ ...parameter, text: texts[i] }));
      const at = (where: string) =>
        given.flatMap(({ in: place, name, text }): [string, string][] =>
          place === where && text !== undefined ? [[name, text]] : []
        );
      const pairs = at("query");
      const again = twice === undefined ? undefined : pairs[twice % (pairs.length || 1)];
      const query = new URLSearchParams(again ? [...pairs, again] : pairs);
      const address = at("path").reduce(
        (left, [name, text]) => left.replace(`{${name}}`, () => encodeURIComponent(text)),
        path,
      );
      return {
        path: query.size > 0 ? `${address}?${query}` : address,
        given,
        isTwofold: again !== undefined,
        headers: Object.fromEntries(at("header")),
        body,
        token,
      };
    });
  }

  #parameter({ name, in: where, required, schema }: Parameter): fc.Arbitrary<string | undefined> {
    const texts = fc.oneof(
      { weight: 4, arbitrary: this.#values.fitting(schema, name) },
      this.#values.faulty(schema, name),
    ).map((value) => typeof value === "string" ? value : JSON.stringify(value) ?? "");
    if (where === "path") return texts.filter(isSegment);
    const sent = where === "header"
      ? texts.filter(isFieldText)
      : texts.filter((text) => text.isWellFormed());
    return fc.option(sent, { nil: undefined, freq: required ? 20 : 2 });
  }

  #body(type: string, schema: Schema): fc.Arbitrary<Body> {
    const values = fc.oneof(
      { weight: 5, arbitrary: this.#values.fitting(schema) },
      { weight: 4, arbitrary: this.#values.faulty(schema) },
      fc.jsonValue({ maxDepth: 3 }),
    ).map((value) => JSON.stringify(value) ?? "");
    const bytes = fc.oneof(
      { weight: 15, arbitrary: values },
      fc.constantFrom(...NO_JSON),
    );
    const sentAs = fc.oneof(
      { weight: 20, arbitrary: fc.constant(type) },
      fc.constantFrom(...OTHER_TYPES),
    );
    return fc.record({ bytes, sentAs }).map((sent) => ({ ...sent, type, schema }));
  }
}

/** The value of `text`, the body of a request; `undefined` when it is no JSON. */
export function jsonOf({ bytes }: Body): { readonly value: unknown } | undefined {
  try {
    const sent = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    // A byte order mark may be passed over (RFC 8259, section 8.1), as it is here.
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(sent)) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Every JSON body and answer, parameter, header field and message has an example, and it fits its schema. */
import assert from "node:assert/strict";
import { asyncApiDocument } from "./asyncapi.ts";
import { openApiDocument } from "./document.ts";
import { documented } from "./documented.ts";
import { allRoutes, SchemaChecks } from "./testing/mod.ts";

interface Exemplified {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<
    Record<string, { readonly $ref?: string; readonly value?: unknown }>
  >;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly (Exemplified & { readonly name: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Exemplified>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, Exemplified>> }>
  >;
}

const document = openApiDocument(documented(allRoutes()));
const operations = Object.values(document.paths).flatMap((methods) =>
  Object.values(methods) as Described[]
);
const checks = new SchemaChecks(document);
const shared: Readonly<Record<string, { readonly value: unknown }>> = document.components.examples;

/** The examples of a place, with those that it refers to. */
function examplesOf({ example, examples = {} }: Exemplified): unknown[] {
  const named = Object.values(examples).map(({ $ref, value }) => {
    if ($ref === undefined) return value;
    const name = $ref.replace("#/components/examples/", "");
    return (shared[name] ?? assert.fail(`${$ref} leads nowhere`)).value;
  });
  return example === undefined ? named : [example, ...named];
}

/** What is wrong with the examples of a place; "" when there are some and all fit. */
function faultsOf(place: Exemplified): string {
  const examples = examplesOf(place);
  if (examples.length === 0) return "has no example";
  return examples.map((each) => checks.faults(place.schema, each)).filter(Boolean).join("; ");
}

/** Fails when something is wrong at one of the places. */
function assertExemplified(places: readonly (readonly [name: string, place: Exemplified])[]): void {
  assert.ok(places.length > 0);
  const wrong = places.map(([name, place]) => [name, faultsOf(place)]).filter(([, fault]) => fault);
  assert.deepEqual(wrong, []);
}

Deno.test("every JSON body has examples that fit its schema", () => {
  assertExemplified(
    operations.flatMap(({ operationId, requestBody }) =>
      Object.entries(requestBody?.content ?? {}).filter(([type]) => type.endsWith("json"))
        .map(([type, media]) => [`${operationId} ${type}`, media] as const)
    ),
  );
});

Deno.test("every JSON answer, problems among them, has examples that fit its schema", () => {
  assertExemplified(
    operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.entries(content).filter(([type]) => type.endsWith("json")).map(([type, media]) =>
          [`${operationId} ${status} ${type}`, media] as const
        )
      )
    ),
  );
});

Deno.test("every parameter and every header field of answers has an example that fits its schema", () => {
  assertExemplified([
    ...operations.flatMap(({ operationId, parameters = [] }) =>
      parameters.map((each) => [`${operationId} ${each.name}`, each] as const)
    ),
    ...Object.entries(document.components.headers),
  ]);
});

Deno.test("every example that operations share is used by one", () => {
  const text = JSON.stringify(document.paths);
  const unused = Object.keys(shared).filter((name) =>
    !text.includes(`"#/components/examples/${name}"`)
  );
  assert.deepEqual(unused, []);
});

Deno.test("every frame and message has an example that fits its payload and header", () => {
  const asyncApi = asyncApiDocument();
  const messages = new SchemaChecks(asyncApi);
  for (const [name, message] of Object.entries(asyncApi.components.messages)) {
    const { payload, examples, headers } = message as {
      readonly payload: object;
      readonly headers?: object;
      readonly examples?: readonly { readonly payload: unknown; readonly headers?: unknown }[];
    };
    assert.ok(examples && examples.length > 0, `${name} has no example`);
    for (const example of examples) {
      assert.equal(messages.faults(payload, example.payload), "", name);
      if (example.headers === undefined) continue;
      assert.ok(headers, `${name} has no headers`);
      assert.equal(messages.faults(headers, example.headers), "", name);
    }
  }
});

Deno.test("an example that does not fit is found", () => {
  const schema = { type: "integer" };
  assert.equal(faultsOf({ schema }), "has no example");
  assert.match(faultsOf({ schema, examples: { one: { value: "no" } } }), /integer/);
  assert.equal(faultsOf({ schema, example: 1 }), "");
});

/** Everything that is said in both documents besides schemas: nothing that people meet is without words. */
import assert from "node:assert/strict";
import { asyncApiDocument } from "./asyncapi.ts";
import { openApiDocument } from "./document.ts";
import { documented } from "./documented.ts";
import { ANSWER_EXAMPLES } from "./examples/mod.ts";
import { LINKS } from "./links.ts";
import { allRoutes, OPERATIONS } from "./testing/mod.ts";

interface Told {
  readonly summary?: string;
  readonly description?: string;
}

type ToldByName = Readonly<Record<string, Told>>;

interface Operation extends Told {
  readonly operationId: string;
  readonly parameters?: readonly (Told & { readonly name: string })[];
  readonly responses: Readonly<Record<string, Told & { readonly links?: object }>>;
}

const openApi = openApiDocument(documented(allRoutes()));
const asyncApi = asyncApiDocument();
const operations = Object.values(openApi.paths).flatMap((methods) =>
  Object.values(methods) as Operation[]
);

/** Names of what has no description, or one that only repeats its summary. */
function untold(things: ToldByName): string[] {
  return Object.entries(things).filter(([, { summary = "", description = "" }]) =>
    description.trim() === "" || description === summary
  ).map(([name]) => name);
}

Deno.test("every operation has a summary, and a description that says more", () => {
  assert.deepEqual(
    untold(Object.fromEntries(operations.map((each) => [each.operationId, each]))),
    [],
  );
  for (const { operationId, summary = "" } of operations) {
    assert.match(summary, /^[A-Z].*[^.]$/, operationId);
  }
});

Deno.test("every parameter, answer, header field, link, tag and security scheme is described", () => {
  for (const { operationId, parameters = [], responses } of operations) {
    assert.deepEqual(
      untold(Object.fromEntries(parameters.map((p) => [p.name, p]))),
      [],
      operationId,
    );
    assert.deepEqual(untold(responses), [], operationId);
  }
  const { headers, links, securitySchemes } = openApi.components;
  for (const told of [headers, links, securitySchemes]) assert.deepEqual(untold(told), []);
  assert.deepEqual(untold(Object.fromEntries(openApi.tags.map((tag) => [tag.name, tag]))), []);
});

Deno.test("links lead to operations, and name parameters that these have", () => {
  for (const [name, { operationId, parameters }] of Object.entries(openApi.components.links)) {
    const target = operations.find((each) => each.operationId === operationId);
    const known = new Set(target?.parameters?.map((each) => each.name));
    for (const parameter of Object.keys(parameters)) {
      assert.ok(known.has(parameter), `${name}: ${operationId} takes ${parameter}`);
    }
  }
  assert.deepEqual(Object.keys(openApi.components.links).sort(), Object.keys(LINKS).sort());
});

Deno.test("what a link takes from an answer is in the example of that answer, or only on some pages", () => {
  let looked = 0;
  for (const { successes } of Object.values(OPERATIONS)) {
    for (const { schema, links = [] } of Object.values(successes)) {
      const body = typeof schema === "string" && Object.hasOwn(ANSWER_EXAMPLES, schema)
        ? ANSWER_EXAMPLES[schema as keyof typeof ANSWER_EXAMPLES]
        : undefined;
      if (body === undefined) continue;
      for (const link of links) {
        for (const expression of Object.values(LINKS[link].parameters)) {
          const [, pointer] = /^\$response\.body#\/(.*)$/.exec(expression) ?? [];
          if (pointer === undefined || pointer === "next_cursor") continue;
          const found = pointer.split("/").reduce<unknown>(
            (value, step) => (value as Record<string, unknown> | undefined)?.[step],
            body,
          );
          assert.notEqual(found, undefined, `${schema} has ${pointer}, for ${link}`);
          looked++;
        }
      }
    }
  }
  assert.ok(looked >= 20, `${looked}`);
});

Deno.test("where operators have no routes nothing leads to them", () => {
  const routes = documented(allRoutes().filter(({ path }) => !path.startsWith("/api/v1/admin")));
  const text = JSON.stringify(openApiDocument(routes));
  assert.doesNotMatch(text, /"operationId":"listDeadLetters"/);
  assert.doesNotMatch(text, /#\/components\/links\/(nextLetters|firstLetter|firstJob|job)"/);
});

Deno.test("every server, channel, operation and message of the streams is described", () => {
  const { servers, channels, operations, components } = asyncApi;
  for (const told of [servers, channels, operations, components.messages] as ToldByName[]) {
    assert.ok(Object.keys(told).length > 0);
    assert.deepEqual(untold(told), []);
  }
  for (const [name, channel] of Object.entries(channels)) {
    if ("parameters" in channel) assert.deepEqual(untold(channel.parameters), [], name);
  }
});

Deno.test("what says nothing, or its summary again, is found", () => {
  const things = { a: {}, b: { description: " " }, c: { summary: "X", description: "X" } };
  assert.deepEqual(untold({ ...things, d: { description: "X" } }), ["a", "b", "c"]);
});

/** The documents hang together, whatever routes there are. */
import assert from "node:assert/strict";
import { reference } from "./_json_schema.ts";
import { formatListCursor } from "../reads/mod.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { openApiDocument } from "./document.ts";
import { documented } from "./documented.ts";
import { allRoutes, SchemaChecks } from "./testing/mod.ts";

/** Every reference in `value`. */
function references(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : references(inner)
  );
}

function assertResolves(document: object): void {
  const found = new Set(references(document));
  assert.ok(found.size > 0);
  for (const ref of found) {
    let at: unknown = document;
    for (const part of ref.replace(/^#\//, "").split("/")) {
      at = (at as Record<string, unknown> | undefined)?.[part];
    }
    assert.ok(at !== undefined, ref);
  }
}

const document = openApiDocument(documented(allRoutes()));
const operations = Object.values(document.paths).flatMap((methods) =>
  Object.values(methods) as {
    readonly operationId: string;
    readonly tags: readonly string[];
    readonly responses: Record<string, {
      readonly headers: Record<string, unknown>;
      readonly content?: Readonly<Record<string, object>>;
    }>;
  }[]
);

Deno.test("every reference in the documents leads somewhere", () => {
  assertResolves(document);
  assertResolves(asyncApiDocument());
});

Deno.test("every operation has an id of its own and a tag that is explained", () => {
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
  const explained = new Set<string>(document.tags.map(({ name }) => name));
  for (const { operationId, tags } of operations) {
    assert.ok(tags.every((tag) => explained.has(tag)), operationId);
  }
});

Deno.test("who is told to come back is told when, and who lacks a token how to show one", () => {
  for (const { operationId, responses } of operations) {
    for (const status of ["429", "503", "504"]) {
      const answer = responses[status];
      if (answer) assert.ok("Retry-After" in answer.headers, `${operationId} ${status}`);
    }
    const unauthenticated = responses["401"];
    if (unauthenticated) assert.ok("WWW-Authenticate" in unauthenticated.headers, operationId);
  }
});

Deno.test("no stream has a schema: tools would hold each of its events against it", () => {
  const streams = operations.flatMap(({ responses }) =>
    Object.values(responses).flatMap(({ content = {} }) => content["text/event-stream"] ?? [])
  );
  assert.equal(streams.length, 2);
  for (const stream of streams) assert.ok(!("schema" in stream));
});

Deno.test("no body of a media type that tools do not know has an example, which they would have to send", () => {
  const content = document.paths["/csp-reports"]?.["post"] as {
    requestBody: { content: Record<string, object> };
  };
  const { "application/csp-report": unknown, ...known } = content.requestBody.content;
  assert.ok(unknown && !("example" in unknown));
  assert.ok(Object.values(known).every((media) => "example" in media));
});

Deno.test("the parameters of a path are described, and no others", () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    const named = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name);
    for (const operation of Object.values(methods)) {
      const { parameters = [] } = operation as { parameters?: { name: string; in: string }[] };
      const inPath = parameters.filter((each) => each.in === "path").map(({ name }) => name);
      assert.deepEqual(inPath, named, path);
    }
  }
});

Deno.test("the document does not promise what is refused: empty refresh bodies, and fields of one command for many", () => {
  const checks = new SchemaChecks(document);
  assert.notEqual(checks.faults(reference("RefreshToken"), {}), "");
  const { parameters } = document.paths["/api/v1/commands"]?.["post"] as {
    parameters: { name: string; description: string }[];
  };
  for (const name of ["Idempotency-Key", "If-Match"]) {
    const { description } = parameters.find((each) => each.name === name) ?? assert.fail(name);
    assert.match(description, /^With atomic only/);
  }
});

Deno.test("every operation that posts or changes takes Idempotency-Key, or says what sending it again does", () => {
  const taking: string[] = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of ["post", "put", "patch"]) {
      const operation = methods[method] as
        | { operationId: string; description: string; parameters?: { name: string }[] }
        | undefined;
      if (!operation) continue;
      const { parameters = [], description, operationId } = operation;
      const takes = parameters.some(({ name }) => name === "Idempotency-Key");
      const says = /Idempotency-Key has no effect here\. \S/.test(description);
      assert.equal(takes, !says, `${method} ${path}`);
      if (takes) taking.push(operationId);
    }
  }
  assert.deepEqual(taking.sort(), [
    "addMember",
    "changeRole",
    "createGroup",
    "createTask",
    "renameGroup",
    "sendCommand",
    "sendCommands",
    "updateTask",
  ]);
});

Deno.test("a cursor that a list gives fits its parameter", () => {
  const checks = new SchemaChecks(document);
  const { parameters } = document.paths["/api/v1/todos"]?.["get"] as {
    parameters: { name: string; schema: object }[];
  };
  const { schema } = parameters.find(({ name }) => name === "cursor") ?? assert.fail("cursor");
  // The shortest and the longest one: of group "a", and of one with 64 characters.
  for (const cursor of ["MjphOjE", btoa(`2:${"x".repeat(64)}:999999999`).replace(/=+$/, "")]) {
    assert.equal(checks.faults(schema, cursor), "", cursor);
  }
  // The longest one of an order: by the title, of 64 characters of four bytes each.
  const values = ["👩".repeat(64), "2026-11-30 23:59", "a".repeat(200), 4, 999_999_999];
  const end = { values, nowMs: 4_000_000_000_000, version: 999_999_999 };
  const longest = formatListCursor("x".repeat(16), end);
  assert.equal(checks.faults(schema, longest), "", `${longest.length}`);
  assert.notEqual(checks.faults(schema, "not a cursor"), "");
});

Deno.test("commands and bodies refuse what is not in their schema", () => {
  const { schemas } = document.components;
  for (const [name, schema] of Object.entries(schemas)) {
    const isBody = /(Command|Payload)$/.test(name) && schema["type"] === "object" &&
      !/^(Committed|Accepted|Pending)/.test(name);
    if (isBody) assert.equal(schema["additionalProperties"], false, name);
  }
});

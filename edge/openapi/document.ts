/**
 * The OpenAPI 3.1 document of the routes that are registered: made of what operations say, of the schemas
 * that check bodies, and of what follows from a route's kind. Pure.
 */
import { type ProblemCode, PROBLEMS } from "../../actors/protocol/mod.ts";
import type { DocumentedRoute } from "../http/mod.ts";
import { componentSchemas, reference } from "./_json_schema.ts";
import { ANSWER_SCHEMAS, EVENT_SCHEMAS, PART_SCHEMAS } from "./answer_schemas.ts";
import { COMMAND_PARTS, COMMAND_SCHEMAS } from "./command_schemas.ts";
import { ANSWER_EXAMPLES, problemExample, problemExampleName } from "./examples/mod.ts";
import { INFO, SECURITY_SCHEMES, TAGS } from "./info.ts";
import { type Link, LINKS } from "./links.ts";
import type { Operation, Success } from "./operation.ts";
import { ANSWER_HEADERS, type HeaderName, parameterObjects } from "./parameters.ts";
import { REQUEST_SCHEMAS } from "./request_schemas.ts";

/** A route and what is said of it. */
export type DescribedRoute = DocumentedRoute & { readonly documentation: Operation };

/** The document for `routes`, in their order. */
export function openApiDocument(routes: readonly DescribedRoute[]) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:([a-z_]+)/g, "{$1}");
    (paths[path] ??= {})[route.method.toLowerCase()] = operationObject(route);
  }
  const used = new Set(routes.map(({ documentation }) => documentation.tag));
  return {
    openapi: "3.1.1",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: INFO,
    servers: [{ url: "/", description: "The edge that serves this document" }],
    tags: TAGS.filter(({ name }) => used.has(name)),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: ANSWER_HEADERS,
      links: usedLinks(routes),
      examples: sharedExamples(routes),
      schemas: allSchemas(),
    },
  };
}

/** Every schema by name, each referring to the others at their place among the components. */
export function allSchemas() {
  return componentSchemas({
    ...ANSWER_SCHEMAS,
    ...REQUEST_SCHEMAS,
    ...COMMAND_SCHEMAS,
    ...COMMAND_PARTS,
    ...EVENT_SCHEMAS,
    ...PART_SCHEMAS,
  });
}

function successesOf(routes: readonly DescribedRoute[]): Success[] {
  return routes.flatMap(({ documentation }) => Object.values(documentation.successes));
}

/** The links that answers have: others may lead to operations that are not there. */
function usedLinks(routes: readonly DescribedRoute[]): Record<string, Link> {
  const names = new Set(successesOf(routes).flatMap(({ links = [] }) => links));
  return Object.fromEntries([...names].map((name) => [name, LINKS[name]]));
}

/** The examples to which operations refer, by name. */
function sharedExamples(
  routes: readonly DescribedRoute[],
): Record<string, { readonly summary?: string; readonly value: unknown }> {
  const names = new Set(successesOf(routes).flatMap(exampleNames));
  const codes = new Set(routes.flatMap((route) => [...problemsOf(route).values()].flat()));
  return Object.fromEntries([
    ...[...names].map((name) => [name, { value: ANSWER_EXAMPLES[name] }]),
    ...[...codes].map((code) => [
      problemExampleName(code),
      { summary: PROBLEMS[code].title, value: problemExample(code) },
    ]),
  ]);
}

function operationObject(route: DescribedRoute): object {
  const { operationId, tag, summary, description, again, body, bodies, ...operation } =
    route.documentation;
  const taken = bodies ?? (body && { "application/json": body });
  const parameters = parameterObjects({ path: route.path, ...operation });
  return {
    operationId,
    tags: [tag],
    summary,
    description: again === undefined
      ? description
      : `${description} Idempotency-Key has no effect here. ${again}`,
    security: securityOf(route.documentation),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(taken
      ? {
        requestBody: {
          required: !body?.optional,
          content: Object.fromEntries(
            Object.entries(taken).map(([type, each]) => [
              type,
              {
                schema: reference(each.schema),
                ..."examples" in each ? { examples: each.examples } : {},
                ..."example" in each ? { example: each.example } : {},
              },
            ]),
          ),
        },
      }
      : {}),
    responses: responsesOf(route),
  };
}

function securityOf({ security }: Operation): object[] {
  switch (security) {
    case "none":
      return [];
    case "user":
      return [{ accessToken: [] }];
    case "operator":
      return [{ opsToken: [] }];
    case "refresh":
      // In the body, or as a cookie.
      return [{}, { refreshCookie: [] }];
    default:
      return security satisfies never;
  }
}

function responsesOf(route: DescribedRoute): Record<string, object> {
  const limits: HeaderName[] = isLimited(route) ? ["RateLimit-Policy", "RateLimit"] : [];
  const responses: Record<string, object> = {};
  for (const [status, success] of Object.entries(route.documentation.successes)) {
    responses[status] = successObject(success, limits);
  }
  for (const [status, codes] of problemsOf(route)) {
    const problem = problemObject(status, codes, { limits, details: route.documentation.details });
    const success = responses[status] as { content: object } | undefined;
    responses[status] = success
      ? { ...problem, content: { ...success.content, ...problem.content } }
      : problem;
  }
  return responses;
}

function successObject(success: Success, limits: readonly HeaderName[]): object {
  const { description, schema, content, headers = [], links = [] } = success;
  const type = content ?? (schema ? "application/json" : undefined);
  return {
    description,
    headers: referencesTo("headers", ["Request-Id", ...headers, ...limits]),
    ...(type
      ? { content: { [type]: { ...bodySchema(schema, type), ...bodyExamples(success) } } }
      : {}),
    ...(links.length > 0 ? { links: referencesTo("links", links) } : {}),
  };
}

function bodySchema(schema: Success["schema"], type: string): { readonly schema?: object } {
  if (typeof schema === "string") return { schema: reference(schema) };
  if (schema) return { schema: { anyOf: schema.map(reference) } };
  // Some readers take it for the schema of the whole stream, others for that of each event.
  if (type === "text/event-stream") return {};
  return { schema: { type: /[/+]json$/.test(type) ? "object" : "string" } };
}

function bodyExamples(success: Success): object {
  if (success.example !== undefined) return { example: success.example };
  const names = exampleNames(success);
  return names.length === 0 ? {} : { examples: referencesTo("examples", names) };
}

/** The schemas whose examples an answer takes over. */
function exampleNames({ schema, example }: Success): (keyof typeof ANSWER_EXAMPLES)[] {
  const names: readonly string[] = typeof schema === "string" ? [schema] : schema ?? [];
  return example === undefined ? names.filter(hasExample) : [];
}

function hasExample(name: string): name is keyof typeof ANSWER_EXAMPLES {
  return Object.hasOwn(ANSWER_EXAMPLES, name);
}

function problemObject(
  status: number,
  codes: readonly ProblemCode[],
  options: { readonly limits: readonly HeaderName[]; readonly details: Operation["details"] },
) {
  const { limits, details = {} } = options;
  const headers: HeaderName[] = ["Request-Id", ...limits];
  if (status === 401) headers.push("WWW-Authenticate");
  if (codes.some((code) => PROBLEMS[code].retryable)) headers.push("Retry-After");
  if (codes.includes("outcome-unknown")) headers.push("Location");
  if (codes.includes("unsupported-media-type")) headers.push("Accept");
  return {
    description: codes.map((code) => `${code}: ${PROBLEMS[code].title}`).join("; "),
    headers: referencesTo("headers", headers),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [reference("Problem")],
          properties: { status: { const: status }, code: { enum: codes } },
        },
        examples: Object.fromEntries(
          codes.map((code) => {
            const told = details[code];
            const summary = PROBLEMS[code].title;
            return [
              code,
              told === undefined ? { $ref: `#/components/examples/${problemExampleName(code)}` } : {
                summary,
                value: problemExample(code, typeof told === "string" ? { detail: told } : told),
              },
            ];
          }),
        ),
      },
    },
  };
}

/** References to components of `kind` by their names. */
function referencesTo(kind: "headers" | "links" | "examples", names: readonly string[]) {
  return Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/${kind}/${name}` }]),
  );
}

/** Whether requests for it draw on a quota, their own or that of all public routes. */
function isLimited(route: DescribedRoute): boolean {
  return route.access === "user" || !route.unlimited;
}

/** The problems with which a route can answer, by status. */
function problemsOf(route: DescribedRoute): Map<number, ProblemCode[]> {
  const { security, body, bodies, problems = [] } = route.documentation;
  const codes = new Set<ProblemCode>(problems);
  if (bodies || body) {
    codes.add("too-large").add("unsupported-media-type").add("request-timeout");
  }
  if (body) codes.add("validation");
  if (security === "user") codes.add("unauthenticated").add("token-expired");
  if (security === "operator") codes.add("unauthenticated");
  if (security === "refresh") codes.add("unauthenticated").add("forbidden");
  if (bodies || body || security !== "none") codes.add("storage-full");
  if (isLimited(route)) codes.add("rate-limited");
  // Malformed is what names no host, too, whatever it asks for.
  codes.add("malformed").add("internal").add("unavailable");
  const known = Object.keys(PROBLEMS) as ProblemCode[];
  return Map.groupBy(known.filter((code) => codes.has(code)), (code) => PROBLEMS[code].status);
}

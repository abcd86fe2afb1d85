/** The API's document on pages, on the documents that describe the API, and on health. */
import { schemaExample, TEXT_EXAMPLES } from "../examples/mod.ts";
import { INFO } from "../info.ts";
import type { Operation, Operations, Success } from "../operation.ts";

const open = { security: "none", anyQuery: true } satisfies Partial<Operation>;
const page = { ...open, tag: "Pages" };
const description = { ...open, tag: "Description" };
const health = { ...open, tag: "Health" };
const html: Success = { description: "An HTML document", content: "text/html" };
const text: Success = { description: "It is alive", content: "text/plain", example: "ok\n" };
const info = { title: INFO.title, version: INFO.version };

/** A document of which `example` is the beginning. */
function described(example: object): Success {
  return { description: "The document", content: "application/json", headers: ["ETag"], example };
}

export const PAGES: Operations = {
  "GET /": {
    ...page,
    operationId: "showStart",
    summary: "Where people sign in",
    description: "The page that signs people in; it forwards who is signed in to /app.",
    successes: { 200: html },
  },
  "GET /login": {
    ...page,
    operationId: "showLogin",
    summary: "Sign in",
    description: "The same page as at the start.",
    successes: { 200: html },
  },
  "GET /app": {
    ...page,
    operationId: "showApp",
    summary: "The app",
    description: "The page itself holds no data: its scripts read them with an access token.",
    successes: { 200: html },
  },
  "GET /docs": {
    ...page,
    operationId: "showDocs",
    summary: "This description, to read",
    description:
      "The document that machines read, as a page for people; needs nothing from elsewhere.",
    successes: { 200: html },
  },
  "GET /assets/:name": {
    ...page,
    operationId: "readAsset",
    summary: "Scripts, styles and pictures of the pages",
    description:
      "The names carry a hash of the content and are found in the pages: an answer may be kept for ever.",
    requestHeaders: ["If-None-Match"],
    successes: {
      200: { description: "The file", content: "*/*", headers: ["ETag"] },
      304: { description: "The client holds this file", headers: ["ETag"] },
    },
    problems: ["not-found"],
    details: { "not-found": "no such asset" },
  },
  "GET /ui/workspace": {
    operationId: "showWorkspace",
    tag: "Pages",
    security: "user",
    summary: "Groups and todos of the caller as an HTML fragment",
    description:
      "For clients that show HTML as it comes. Without group_id, or with one of another's group, no todos are shown.",
    query: ["selected_group"],
    anyQuery: true,
    successes: {
      200: {
        description: "An HTML fragment",
        content: "text/html",
        headers: ["Stale-Groups"],
      },
    },
  },
  "POST /csp-reports": {
    ...page,
    operationId: "reportViolations",
    summary: "What the content policy of a page has blocked, told by a browser",
    again: "Sent again it is counted again.",
    description: "Which directive, by which host, and on which page is logged once and counted; " +
      "nothing else of a report is kept.",
    bodies: {
      "application/reports+json": {
        schema: "Reports",
        example: [{
          type: "csp-violation",
          body: {
            documentURL: "https://todo.example.org/app",
            blockedURL: "https://elsewhere.example/x.js",
            effectiveDirective: "script-src-elem",
          },
        }],
      },
      // Without an example: tools would have to send it, and know of no such media type.
      "application/csp-report": { schema: "CspReport" },
    },
    successes: { 204: { description: "The reports are noted" } },
  },
  "GET /openapi.json": {
    ...description,
    operationId: "readOpenApi",
    summary: "This description as OpenAPI 3.1",
    description:
      "The same for everybody while the process lives; compressed where Accept-Encoding allows it.",
    requestHeaders: ["If-None-Match"],
    successes: {
      200: described({ openapi: "3.1.1", info, paths: {} }),
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
  },
  "GET /asyncapi.json": {
    ...description,
    operationId: "readAsyncApi",
    summary: "Streams and messages as AsyncAPI 3",
    description:
      "Frames of server-sent events, and what services exchange over NATS; compressed where Accept-Encoding allows it.",
    requestHeaders: ["If-None-Match"],
    successes: {
      200: described({ asyncapi: "3.0.0", info, channels: {} }),
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
  },
  "GET /schemas/:type/:version": {
    ...description,
    operationId: "readEventSchema",
    summary: "The JSON Schema of the data of events of a type",
    description: "Where the dataschema of every event leads (CloudEvents 1.0).",
    requestHeaders: ["If-None-Match"],
    successes: {
      200: {
        description: "The schema",
        content: "application/schema+json",
        headers: ["ETag"],
        example: schemaExample(),
      },
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
    problems: ["not-found"],
    details: { "not-found": "There is no such schema" },
  },
  "GET /problems/:code": {
    ...description,
    operationId: "explainProblem",
    summary: "What a problem's code means and what to do about it",
    description: "Where the type of every problem leads.",
    requestHeaders: ["If-None-Match"],
    successes: {
      200: { description: "The explanation", schema: "ProblemType", headers: ["ETag"] },
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
    problems: ["not-found"],
    details: { "not-found": "There is no such problem" },
  },
  "GET /livez": {
    ...health,
    operationId: "isAlive",
    summary: "Whether the process runs",
    description:
      "Answers whenever the process can answer at all; says nothing of what it depends on.",
    successes: { 200: text },
  },
  "GET /healthz": {
    ...health,
    operationId: "isHealthy",
    summary: "As /livez",
    description: "For supervisors that ask there.",
    successes: { 200: text },
  },
  "GET /health": {
    ...health,
    operationId: "isThere",
    summary: "As /livez",
    description: "For supervisors and clients that ask there; the text is OK.",
    successes: { 200: { ...text, example: "OK" } },
  },
  "GET /readyz": {
    ...health,
    operationId: "isReady",
    summary: "Whether it takes commands, and how each dependency is",
    description:
      "Each dependency is asked, and told with its latency. Without Postgres the edge is degraded and goes on to take commands. Not here where METRICS_PORT is set.",
    successes: {
      200: { description: "Ready, or degraded", schema: "Readiness" },
      503: {
        description: "Not ready",
        schema: "Readiness",
        example: {
          status: "draining",
          ready: false,
          checks: { nats: { ok: true, latency_ms: 0.4 }, postgres: { ok: true, latency_ms: 1.2 } },
        },
      },
    },
  },
  "GET /metrics": {
    ...health,
    operationId: "readMetrics",
    summary: "Metrics in the format of Prometheus",
    description:
      "Counters, gauges and histograms of this process. Not here where METRICS_PORT is set; else in production for who shows the ops token only.",
    successes: {
      200: { description: "The metrics", content: "text/plain", example: TEXT_EXAMPLES.metrics },
    },
    problems: ["not-found"],
    details: { "not-found": "There is nothing at this address" },
  },
};

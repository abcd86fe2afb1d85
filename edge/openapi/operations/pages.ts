/** The API's document on pages, on the documents that describe the API, and on health. */
import type { Operation, Operations, Success } from "../operation.ts";

const open = { security: "none" } satisfies Partial<Operation>;
const page = { ...open, tag: "Pages" };
const description = { ...open, tag: "Description" };
const health = { ...open, tag: "Health" };
const html: Success = { description: "An HTML document", content: "text/html" };
const json: Success = { description: "The document", content: "application/json" };
const text: Success = { description: "It is alive", content: "text/plain" };

export const PAGES: Operations = {
  "GET /": {
    ...page,
    operationId: "showStart",
    summary: "Where people sign in",
    successes: { 200: html },
  },
  "GET /login": { ...page, operationId: "showLogin", summary: "Sign in", successes: { 200: html } },
  "GET /app": { ...page, operationId: "showApp", summary: "The app", successes: { 200: html } },
  "GET /docs": {
    ...page,
    operationId: "showDocs",
    summary: "This description, to read",
    successes: { 200: html },
  },
  "GET /assets/:name": {
    ...page,
    operationId: "readAsset",
    summary: "Scripts, styles and pictures of the pages",
    successes: { 200: { description: "The file", content: "*/*" } },
    problems: ["not-found"],
  },
  "GET /ui/workspace": {
    operationId: "showWorkspace",
    tag: "Pages",
    security: "user",
    summary: "Groups and todos of the caller as an HTML fragment",
    query: ["selected_group"],
    successes: { 200: { description: "An HTML fragment", content: "text/html" } },
    problems: ["projection-lag"],
  },
  "POST /csp-reports": {
    ...page,
    operationId: "reportViolations",
    summary: "What the content policy of a page has blocked, told by a browser",
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
      "application/csp-report": {
        schema: "CspReport",
        example: {
          "csp-report": {
            "document-uri": "https://todo.example.org/app",
            "blocked-uri": "inline",
            "effective-directive": "script-src-attr",
            "violated-directive": "script-src-attr",
          },
        },
      },
    },
    successes: { 204: { description: "The reports are noted" } },
  },
  "GET /openapi.json": {
    ...description,
    operationId: "readOpenApi",
    summary: "This description as OpenAPI 3.1",
    requestHeaders: ["If-None-Match"],
    successes: {
      200: { ...json, headers: ["ETag"] },
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
  },
  "GET /asyncapi.json": {
    ...description,
    operationId: "readAsyncApi",
    summary: "Streams and messages as AsyncAPI 3",
    requestHeaders: ["If-None-Match"],
    successes: {
      200: { ...json, headers: ["ETag"] },
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
  },
  "GET /schemas/:type/:version": {
    ...description,
    operationId: "readEventSchema",
    summary: "The JSON Schema of the data of events of a type",
    requestHeaders: ["If-None-Match"],
    successes: {
      200: { description: "The schema", content: "application/schema+json", headers: ["ETag"] },
      304: { description: "The client holds this state", headers: ["ETag"] },
    },
    problems: ["not-found"],
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
  },
  "GET /livez": {
    ...health,
    operationId: "isAlive",
    summary: "Whether the process runs",
    successes: { 200: text },
  },
  "GET /healthz": {
    ...health,
    operationId: "isHealthy",
    summary: "As /livez",
    successes: { 200: text },
  },
  "GET /health": {
    ...health,
    operationId: "isThere",
    summary: "As /livez",
    successes: { 200: text },
  },
  "GET /readyz": {
    ...health,
    operationId: "isReady",
    summary: "Whether it takes commands, and how each dependency is",
    successes: {
      200: { description: "Ready, or degraded", schema: "Readiness" },
      503: { description: "Not ready", schema: "Readiness" },
    },
  },
  "GET /metrics": {
    ...health,
    operationId: "readMetrics",
    summary: "Metrics in the format of Prometheus",
    successes: { 200: { description: "The metrics", content: "text/plain" } },
  },
};

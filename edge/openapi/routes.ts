/**
 * Serves what the edge says about itself: the OpenAPI and AsyncAPI documents, the schemas of events, the
 * meaning of problems, and a page for people. Each is made once, when it is first asked for: the start does not wait for that.
 */
import { createHash } from "node:crypto";
import type { EventType } from "../../actors/protocol/mod.ts";
import {
  conditionalText,
  type EdgeContext,
  notFound,
  type PublicRoute,
  type Route,
} from "../http/mod.ts";
import { pageAnswer } from "../pages.ts";
import type { DescribedRoute } from "./document.ts";
import type { DocsPage } from "./docs_page.tsx";
import { documented } from "./documented.ts";

/** An answer that never changes while the process lives. */
interface Document {
  readonly text: string;
  readonly type: string;
  readonly etag: string;
}

/**
 * `routes` and those of their description, each with what is said of it.
 *
 * @param renderPage puts the page's content into an HTML document
 * @throws {Error} when the document does not tell of a route
 */
export function withDescription(
  routes: readonly Route[],
  renderPage: (page: DocsPage & { readonly nonce: string }) => string,
): DescribedRoute[] {
  const all: DescribedRoute[] = documented([
    ...routes,
    route(
      "/openapi.json",
      onceMade(async () => {
        const { openApiDocument } = await import("./document.ts");
        return json(openApiDocument(all), "application/json");
      }),
    ),
    route(
      "/asyncapi.json",
      onceMade(async () => {
        const { asyncApiDocument } = await import("./asyncapi.ts");
        return json(asyncApiDocument(), "application/json");
      }),
    ),
    route("/schemas/:type/:version", schemaOfEvent),
    route("/problems/:code", explanationOfProblem),
    route("/docs", async () => {
      const { docsPage } = await import("./docs_page.tsx");
      return pageAnswer((nonce) => renderPage({ ...docsPage(all), nonce }));
    }),
  ]);
  return all;
}

function route(path: string, handle: PublicRoute["handle"]): Route {
  return { method: "GET", path, access: "public", handle };
}

function onceMade(make: () => Promise<Document>): PublicRoute["handle"] {
  let document: Promise<Document> | undefined;
  return async (context) => answer(context, await (document ??= make()));
}

const schemas = new Map<EventType, Document>();

async function schemaOfEvent(context: EdgeContext): Promise<Response> {
  const { dataSchemaPath, EVENT_DATA, EVENT_TYPES } = await import("./event_schemas.ts");
  const { type: wanted = "", version = "" } = context.req.param();
  const type = EVENT_TYPES.find((each) => each === wanted);
  if (type === undefined || dataSchemaPath(type) !== `/schemas/${wanted}/${version}`) {
    throw notFound("There is no such schema");
  }
  let document = schemas.get(type);
  if (!document) {
    const { schemaDocument } = await import("./_json_schema.ts");
    const meta = { id: dataSchemaPath(type), title: `Data of ${type} events` };
    document = json(schemaDocument(EVENT_DATA[type], meta), "application/schema+json");
    schemas.set(type, document);
  }
  return answer(context, document);
}

async function explanationOfProblem(context: EdgeContext): Promise<Response> {
  const { problemType } = await import("./problem_types.ts");
  const explained = problemType(context.req.param("code") ?? "");
  if (!explained) throw notFound("There is no such problem");
  return answer(context, json(explained, "application/json"));
}

function json(value: unknown, type: string): Document {
  const text = JSON.stringify(value);
  const hash = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  return { text, type, etag: `"${hash}"` };
}

function answer(context: EdgeContext, { text, type, etag }: Document): Response {
  return conditionalText(context, etag, { text, type });
}

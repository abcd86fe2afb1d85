/**
 * Serves what the edge says about itself: the OpenAPI and AsyncAPI documents, the schemas of events, the
 * meaning of problems, and a page for people. Each is made once, when it is first asked for: the start does not wait for that.
 */
import type { EventType } from "../../actors/protocol/mod.ts";
import {
  type EdgeContext,
  notFound,
  type PublicRoute,
  type Route,
  SharedContent,
} from "../http/mod.ts";
import { pageAnswer } from "../pages.ts";
import type { DescribedRoute } from "./document.ts";
import type { DocsPage } from "./docs_page.tsx";
import { documented } from "./documented.ts";

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
    route("/docs", async (context) => {
      const { docsPage } = await import("./docs_page.tsx");
      return await pageAnswer(context, (nonce) => renderPage({ ...docsPage(all), nonce }));
    }),
  ]);
  return all;
}

function route(path: string, handle: PublicRoute["handle"]): Route {
  return { method: "GET", path, access: "public", handle };
}

function onceMade(make: () => Promise<SharedContent>): PublicRoute["handle"] {
  let content: Promise<SharedContent> | undefined;
  return async (context) => await (await (content ??= make())).answer(context);
}

const schemas = new Map<EventType, SharedContent>();

async function schemaOfEvent(context: EdgeContext): Promise<Response> {
  const { dataSchemaPath, EVENT_DATA, EVENT_TYPES } = await import("./event_schemas.ts");
  const { type: wanted = "", version = "" } = context.req.param();
  const type = EVENT_TYPES.find((each) => each === wanted);
  if (type === undefined || dataSchemaPath(type) !== `/schemas/${wanted}/${version}`) {
    throw notFound("There is no such schema");
  }
  let content = schemas.get(type);
  if (!content) {
    const { schemaDocument } = await import("./_json_schema.ts");
    const meta = { id: dataSchemaPath(type), title: `Data of ${type} events` };
    content = json(schemaDocument(EVENT_DATA[type], meta), "application/schema+json");
    schemas.set(type, content);
  }
  return await content.answer(context);
}

async function explanationOfProblem(context: EdgeContext): Promise<Response> {
  const { problemType } = await import("./problem_types.ts");
  const explained = problemType(context.req.param("code") ?? "");
  if (!explained) throw notFound("There is no such problem");
  return await json(explained, "application/json").answer(context);
}

/** Content that may be kept, and is asked about each time: it changes when another edge is put in place. */
function json(value: unknown, type: string): SharedContent {
  return new SharedContent(JSON.stringify(value), { type, cacheControl: "public, no-cache" });
}

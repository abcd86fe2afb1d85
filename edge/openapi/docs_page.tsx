/**
 * The API's document as a page for people: what one can call, with what, and what comes back. Rendered on
 * the server from the same document that machines read; works without scripts but for the filter.
 */
import { renderToString } from "preact-render-to-string";
import { DOCS_SCRIPT, DOCS_STYLE } from "./docs_assets.ts";
import { type Endpoint, findable, Method, OperationCard } from "./docs_operation.tsx";
import { SchemaBody } from "./docs_schema.tsx";
import { FirstSteps } from "./docs_steps.tsx";
import { StreamFrames } from "./docs_frames.tsx";
import { Prose } from "./docs_text.tsx";
import { type DescribedRoute, openApiDocument } from "./document.ts";

/** Content of the page, which the caller puts into an HTML document. */
export interface DocsPage {
  readonly title: string;
  readonly style: string;
  readonly script: string;
  /** The content of the body, rendered. */
  readonly html: string;
}

let made: DocsPage | undefined;

/** The page about `routes`; the same one each time. */
export function docsPage(routes: readonly DescribedRoute[]): DocsPage {
  return made ??= {
    title: "API · Todo-1M",
    style: DOCS_STYLE,
    script: DOCS_SCRIPT,
    html: renderToString(<Docs document={openApiDocument(routes)} />),
  };
}

function Docs({ document }: { document: ReturnType<typeof openApiDocument> }) {
  const endpoints = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Endpoint => ({
      ...operation as Omit<Endpoint, "method" | "path">,
      method: method.toUpperCase(),
      path,
    }))
  );
  const sections = document.tags.map((tag) => ({
    ...tag,
    endpoints: endpoints.filter(({ tags }) => tags.includes(tag.name)),
  }));
  const schemas = Object.entries(document.components.schemas);
  return (
    <div class="docs">
      <nav class="docs-nav" aria-label="Operations">
        <a class="docs-brand" href="/">Todo-1M</a>
        <label class="docs-filter">
          <span class="sr-only">Filter operations</span>
          <input type="search" id="docs-filter" placeholder="Filter, for example members" />
        </label>
        {sections.map(({ name, endpoints }) => (
          <div class="docs-group" key={name}>
            <h2>{name}</h2>
            <ul>
              {endpoints.map((endpoint) => (
                <li key={endpoint.operationId} data-find={findable(endpoint)}>
                  <a href={`#${endpoint.operationId}`}>
                    <Method name={endpoint.method} />
                    <span>{endpoint.summary}</span>
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
        <div class="docs-group">
          <h2>
            <a href="#frames">Frames of streams</a>
          </h2>
        </div>
        <div class="docs-group">
          <h2>
            <a href="#schemas">Schemas</a>
          </h2>
        </div>
      </nav>
      <main class="docs-main" tabIndex={-1}>
        <header>
          <h1>{document.info.title} API</h1>
          <p class="docs-lead">{document.info.summary}.</p>
          {document.info.description.split("\n\n").map((text) => (
            <p key={text}>
              <Prose text={text} />
            </p>
          ))}
          <p>
            Machines read <a href="/openapi.json">/openapi.json</a> (OpenAPI {document.openapi}) and
            {" "}
            <a href="/asyncapi.json">/asyncapi.json</a>.
          </p>
        </header>
        <FirstSteps />
        {sections.map(({ name, description, endpoints }) => (
          <section key={name} aria-label={name}>
            <h2 class="docs-section">{name}</h2>
            <p class="docs-muted">{description}</p>
            {endpoints.map((endpoint) => (
              <OperationCard
                key={endpoint.operationId}
                endpoint={endpoint}
                shared={document.components.examples}
              />
            ))}
          </section>
        ))}
        <StreamFrames />
        <section aria-label="Schemas" id="schemas">
          <h2 class="docs-section">Schemas</h2>
          {schemas.map(([name, schema]) => (
            <details class="docs-card" key={name} id={`schema-${name}`}>
              <summary>
                <code class="docs-path">{name}</code>
                <span class="docs-muted">{wordsOf(schema)}</span>
              </summary>
              <div class="docs-body">
                <SchemaBody schema={schema} />
              </div>
            </details>
          ))}
        </section>
      </main>
    </div>
  );
}

function wordsOf({ description }: { readonly [keyword: string]: unknown }): string {
  return typeof description === "string" ? description : "";
}

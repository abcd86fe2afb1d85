/**
 * The API's document as a page for people: what one can call, with what, and what comes back. Rendered on
 * the server from the same document that machines read; works without scripts but for the filter.
 */
import { renderToString } from "preact-render-to-string";
import type { JsonSchema } from "./_json_schema.ts";
import { DOCS_SCRIPT, DOCS_STYLE } from "./docs_assets.ts";
import { type DescribedRoute, openApiDocument } from "./document.ts";
import { Schema, SchemaBody } from "./docs_schema.tsx";

/** Content of the page, which the caller puts into an HTML document. */
export interface DocsPage {
  readonly title: string;
  readonly style: string;
  readonly script: string;
  /** The content of the body, rendered. */
  readonly html: string;
}

interface Content {
  readonly [type: string]: { readonly schema: JsonSchema; readonly example?: object };
}

interface Answer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Content;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Endpoint extends Operation {
  readonly method: string;
  readonly path: string;
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
      ...operation as Operation,
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
        {sections.map(({ name, description, endpoints }) => (
          <section key={name} aria-label={name}>
            <h2 class="docs-section">{name}</h2>
            <p class="docs-muted">{description}</p>
            {endpoints.map((endpoint) => (
              <OperationCard key={endpoint.operationId} endpoint={endpoint} />
            ))}
          </section>
        ))}
        <section aria-label="Schemas" id="schemas">
          <h2 class="docs-section">Schemas</h2>
          {schemas.map(([name, schema]) => (
            <details class="docs-card" key={name} id={`schema-${name}`}>
              <summary>
                <code class="docs-path">{name}</code>
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

function findable({ method, path, summary, operationId }: Endpoint): string {
  return `${method} ${path} ${summary} ${operationId}`.toLowerCase();
}

function Method({ name }: { name: string }) {
  return <span class={`docs-method docs-${name.toLowerCase()}`}>{name}</span>;
}

/** Text with `code` and [links](…) in it. */
function Prose({ text }: { text: string }) {
  const parts = text.split(/(`[^`]+`|\[[^\]]+\]\([^)]+\))/);
  return (
    <>
      {parts.map((part) => {
        const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
        if (link) return <a key={part} href={link[2] ?? ""}>{link[1]}</a>;
        return part.startsWith("`") ? <code key={part}>{part.slice(1, -1)}</code> : part;
      })}
    </>
  );
}

function OperationCard({ endpoint }: { endpoint: Endpoint }) {
  const { method, path, summary, description, parameters, requestBody, responses } = endpoint;
  return (
    <details class="docs-card" id={endpoint.operationId} data-find={findable(endpoint)}>
      <summary>
        <Method name={method} />
        <code class="docs-path">{path}</code>
        <span class="docs-muted">{summary}</span>
        <Needs security={endpoint.security} />
      </summary>
      <div class="docs-body">
        {description ? <p>{description}</p> : null}
        {parameters ? <Parameters parameters={parameters} /> : null}
        {requestBody
          ? (
            <>
              <h3>Body{requestBody.required ? "" : ", optional"}</h3>
              <Bodies content={requestBody.content} />
            </>
          )
          : null}
        <h3>Answers</h3>
        <ul class="docs-answers">
          {Object.entries(responses).map(([status, answer]) => (
            <li key={status}>
              <span class={`docs-status docs-s${status[0]}`}>{status}</span>
              <div>
                <p>{answer.description}</p>
                <Bodies content={answer.content ?? {}} />
                <p class="docs-fields">{Object.keys(answer.headers ?? {}).join(" · ")}</p>
              </div>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}

function Needs({ security }: { security: Operation["security"] }) {
  const names = security.flatMap((each) => Object.keys(each));
  const text = names.includes("accessToken")
    ? "access token"
    : names.includes("opsToken")
    ? "ops token"
    : names.includes("refreshCookie")
    ? "refresh token"
    : undefined;
  return text ? <span class="docs-needs">{text}</span> : null;
}

function Parameters({ parameters }: { parameters: readonly Parameter[] }) {
  return (
    <>
      <h3>Parameters</h3>
      <div class="docs-scroll">
        <table>
          <tbody>
            {parameters.map((each) => (
              <tr key={`${each.in} ${each.name}`}>
                <th scope="row">
                  <code>{each.name}</code>
                </th>
                <td class="docs-muted">{each.in}{each.required ? ", required" : ""}</td>
                <td>
                  <p>{each.description}</p>
                  <Schema schema={each.schema} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Bodies({ content }: { content: Content }) {
  return (
    <>
      {Object.entries(content).map(([type, { schema, example }]) => (
        <div class="docs-content" key={type}>
          <span class="docs-muted">{type}</span> <Schema schema={schema} />
          {example ? <pre tabIndex={0}>{JSON.stringify(example, null, 2)}</pre> : null}
        </div>
      ))}
    </>
  );
}

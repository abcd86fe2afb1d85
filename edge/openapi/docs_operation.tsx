/** One operation on the page that shows the API: what it takes, what it answers, and how to ask with curl. */
import type { JsonSchema } from "./_json_schema.ts";
import { curlCommand } from "./docs_curl.ts";
import { Schema } from "./docs_schema.tsx";
import { Code, ExampleBlock, Prose } from "./docs_text.tsx";
import type { Example } from "./examples/mod.ts";

/** An example, or where it is among the components. */
type ExampleOrReference = Partial<Example> & { readonly $ref?: string };

interface Content {
  readonly [type: string]: {
    /** None of streams. */
    readonly schema?: JsonSchema;
    readonly example?: unknown;
    readonly examples?: Readonly<Record<string, ExampleOrReference>>;
  };
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
  readonly example: unknown;
}

/** An operation of the document, and where it is. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Answer>>;
}

/** The examples that operations share, by name. */
export type SharedExamples = Readonly<Record<string, { readonly value: unknown }>>;

/** What the filter looks through. */
export function findable({ method, path, summary, operationId }: Endpoint): string {
  return `${method} ${path} ${summary} ${operationId}`.toLowerCase();
}

export function Method({ name }: { name: string }) {
  return <span class={`docs-method docs-${name.toLowerCase()}`}>{name}</span>;
}

export function OperationCard(
  { endpoint, shared }: { endpoint: Endpoint; shared: SharedExamples },
) {
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
        <p>
          <Prose text={description} />
        </p>
        {parameters ? <Parameters parameters={parameters} /> : null}
        {requestBody
          ? (
            <>
              <h3>Body{requestBody.required ? "" : ", optional"}</h3>
              <Bodies content={requestBody.content} shared={shared} open />
            </>
          )
          : null}
        <h3>With curl</h3>
        <Code text={curlCommand(endpoint)} />
        <h3>Answers</h3>
        <ul class="docs-answers">
          {Object.entries(responses).map(([status, answer]) => (
            <li key={status}>
              <span class={`docs-status docs-s${status[0]}`}>{status}</span>
              <div>
                <AnswerWords answer={answer} />
                <Bodies content={answer.content ?? {}} shared={shared} />
                <p class="docs-fields">{Object.keys(answer.headers ?? {}).join(" · ")}</p>
              </div>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}

const PROBLEM_TYPE = "application/problem+json";

/** What an answer means; of problems, their codes, each of which leads to its explanation. */
function AnswerWords({ answer }: { answer: Answer }) {
  const types = Object.keys(answer.content ?? {});
  if (types.join() !== PROBLEM_TYPE) return <p>{answer.description}</p>;
  return (
    <>
      {answer.description.split("; ").map((each) => {
        const [code = "", ...title] = each.split(": ");
        return (
          <p key={code}>
            <a href={`/problems/${code}`}>
              <code>{code}</code>
            </a>{" "}
            {title.join(": ")}
          </p>
        );
      })}
    </>
  );
}

function Needs({ security }: { security: Endpoint["security"] }) {
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
                  <p class="docs-muted">
                    such as <code>{`${each.example}`}</code>
                  </p>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Media types, each with its schema and examples; the first of these stands open where `open` says so. */
function Bodies(
  { content, shared, open = false }: { content: Content; shared: SharedExamples; open?: boolean },
) {
  return (
    <>
      {Object.entries(content).map(([type, { schema, example, examples = {} }]) => (
        <div class="docs-content" key={type}>
          <span class="docs-muted">{type}</span> {type === PROBLEM_TYPE
            // One schema narrowed down; and its codes lead to more than an example tells.
            ? <a href="#schema-Problem">Problem</a>
            : (
              <>
                {schema && <Schema schema={schema} />}
                {example === undefined
                  ? null
                  : <ExampleBlock title="Example" value={example} open={open} />}
                {Object.entries(examples).map(([name, each], index) => (
                  <ExampleBlock
                    key={name}
                    open={open && index === 0}
                    title={each.summary ?? `Example: ${name}`}
                    value={valueOf(each, shared)}
                  />
                ))}
              </>
            )}
        </div>
      ))}
    </>
  );
}

function valueOf({ $ref, value }: ExampleOrReference, shared: SharedExamples): unknown {
  return $ref === undefined ? value : shared[$ref.replace("#/components/examples/", "")]?.value;
}

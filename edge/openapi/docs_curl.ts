/**
 * Requests of the API as commands for a shell, in which `$API` is where the edge is and `$TOKEN` a token.
 * Pure.
 */
const LINE_MAX_CHARS = 80;

interface Asked {
  readonly method: string;
  /** Path with parameters in braces. */
  readonly path: string;
  readonly security: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly example: unknown;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, {
        readonly example?: unknown;
        readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>;
      }>
    >;
  };
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

/** The request with what it needs and nothing more, one option a line. */
export function curlCommand(asked: Asked): string {
  const { method, security, responses } = asked;
  const streams = Object.values(responses).some(({ content = {} }) =>
    "text/event-stream" in content
  );
  const needsToken = security.some((each) => "accessToken" in each || "opsToken" in each);
  const [type, media] = Object.entries(asked.requestBody?.content ?? {})[0] ?? [];
  const body = media?.example ?? Object.values(media?.examples ?? {})[0]?.value;
  const isDefault = method === (body === undefined ? "GET" : "POST");
  return [
    `curl${streams ? " -N" : ""}${isDefault ? "" : ` -X ${method}`} "$API${addressOf(asked)}"`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(type === undefined || body === undefined
      ? []
      : [`-H "Content-Type: ${type}"`, `-d ${quoted(jsonOf(body))}`]),
  ].join(" \\\n  ");
}

function addressOf({ path, parameters = [] }: Asked): string {
  const ofKind = (kind: string) => parameters.filter((each) => each.in === kind);
  const filled = ofKind("path").reduce(
    (text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(`${example}`)),
    path,
  );
  const query = new URLSearchParams(
    ofKind("query").filter(({ required }) => required)
      .map(({ name, example }) => [name, `${example}`]),
  );
  return query.size === 0 ? filled : `${filled}?${query}`;
}

/** In one line where that is short. */
function jsonOf(body: unknown): string {
  const line = JSON.stringify(body);
  return line.length <= LINE_MAX_CHARS ? line : JSON.stringify(body, null, 2);
}

/** `text` as one word of a shell (POSIX, section 2.2.2). */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The words around the API's document: what it is about, and how callers authenticate. */

export const INFO = {
  title: "Todo-1M",
  version: "1",
  summary: "A collaborative to-do list that many people use at once",
  description: [
    "JSON in `snake_case`, instants in RFC 3339 UTC. Unknown fields are refused, and so are parameters " +
    "without a value unless they say that they may be empty. Bodies are at most 64 KB " +
    "and 16 levels deep. Their Content-Type is `application/json`, or ends with `+json`; none at all, or the " +
    "`application/x-www-form-urlencoded` that `curl -d` sends, is read as JSON too, but not from pages of " +
    "other origins.",
    "Every error is a problem (RFC 9457) with a stable `code`; `detail` says what to change. `retryable` " +
    "tells whether the same request may succeed later, `Retry-After` when. `type` leads to an explanation.",
    "Every answer has a `Request-Id`. A `traceparent` (W3C) is taken up and passed on. Where a quota " +
    "applies, `RateLimit-Policy` and `RateLimit` tell what is left of it.",
    "Reads show what the caller has written itself. `min_version` asks for more: the answer waits for that " +
    "version of the group, or is the problem `projection-lag`. `ETag` and `If-None-Match` save bodies.",
    "Streams and messages are described in [/asyncapi.json](/asyncapi.json), the data of each event in " +
    "`/schemas/{type}/{version}.json`.",
  ].join("\n\n"),
} as const;

export const TAGS = [
  { name: "Accounts", description: "Sign up, in and out; tokens and keys" },
  { name: "Groups", description: "Groups and who is in them" },
  { name: "Todos", description: "Reads from the read model" },
  { name: "Commands", description: "Everything that changes a group" },
  { name: "Streams", description: "What happens, as it happens" },
  { name: "Taskboard", description: "The same todos for Taskboard's clients: boards are groups" },
  { name: "Operators", description: "For whoever holds the ops token; absent where there is none" },
  { name: "Description", description: "The API about itself" },
  { name: "Health", description: "For supervisors and metrics" },
  { name: "Pages", description: "HTML for people" },
] as const;

export type Tag = (typeof TAGS)[number]["name"];

export const SECURITY_SCHEMES = {
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "The access token of a session, good for 10 minutes",
  },
  opsToken: { type: "http", scheme: "bearer", description: "The token of the operators" },
  refreshCookie: {
    type: "apiKey",
    in: "cookie",
    name: "__Secure-todo1m_refresh",
    description: "Set at sign-in; taken from the edge's own pages only",
  },
} as const;

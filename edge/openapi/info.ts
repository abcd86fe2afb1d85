/** The words around the API's document: what it is about, and how callers authenticate. */

export const INFO = {
  title: "Todo-1M",
  version: "1",
  summary: "A collaborative to-do list that many people use at once",
  description: [
    "JSON in `snake_case`, instants in RFC 3339 UTC. Unknown fields are refused, and so are parameters " +
    "of the query that an operation does not name (only pages, probes and documents pass those over), and " +
    "parameters without a value unless they say that they may be empty. Bodies are at most 64 KB " +
    "and 16 levels deep. Their Content-Type is `application/json`, or ends with `+json`; none at all, or the " +
    "`application/x-www-form-urlencoded` that `curl -d` sends, is read as JSON too, but not from pages of " +
    "other origins.",
    "Sign in at `/api/v1/auth/login` and send the access token as `Authorization: Bearer`. When it has " +
    "expired, exchange the refresh token at `/api/v1/auth/refresh`. What somebody may do in a group follows " +
    "from the role there: owner, admin or member. To who is no member a group does not exist.",
    "Everything that changes a group is a command, and every operation that changes one sends it for you. A " +
    "command is answered when the log has stored it; with `Idempotency-Key`, or a `command_id` of its own, " +
    "it takes effect once, however often it is sent: after a timeout send the same again. Operations that " +
    "send no command pass `Idempotency-Key` over, and each says what sending it again does.",
    "Every refusal of the application is a problem (RFC 9457) with a stable `code`; `detail` says what to change. `retryable` " +
    "tells whether the same request may succeed later, `Retry-After` when. `type` leads to an explanation. " +
    "What the HTTP server refuses before the application sees it, such as a query or a header field of 70,000 " +
    "characters, is answered 400 with an empty body; and at 503 `/readyz` answers what it does at other times, " +
    "`application/json` that names what is missing.",
    "Every answer has a `Request-Id`. A `traceparent` (W3C) is taken up and passed on. Where a quota " +
    "applies, `RateLimit-Policy` and `RateLimit` tell what is left of it.",
    "Reads show what the caller has written itself. `min_version` asks for more: the answer waits for that " +
    "version of the group, or is the problem `projection-lag`. Lists over all groups say in `Stale-Groups` what " +
    "they do not show yet. `ETag` and `If-None-Match` save bodies; what belongs to a user is `no-store`, so a " +
    "client keeps both itself.",
    "Streams and messages are described in [/asyncapi.json](/asyncapi.json), the data of each event in " +
    "`/schemas/{type}/{version}.json`.",
  ].join("\n\n"),
} as const;

export const TAGS = [
  {
    name: "Accounts",
    description: "Sign up, in and out; sessions, tokens, and the keys that verify them",
  },
  { name: "Groups", description: "Groups, who is in them, and who may do what there" },
  {
    name: "Todos",
    description: "What todos there are, as new as the caller has seen or written them",
  },
  { name: "Audit", description: "Who did what, and the proof that the log says so" },
  {
    name: "Commands",
    description: "Everything that changes a group and its todos, alone or many at once",
  },
  {
    name: "Streams",
    description: "What happens, as it happens: server-sent events that resume where they broke off",
  },
  { name: "Taskboard", description: "The same todos for Taskboard's clients: boards are groups" },
  { name: "Operators", description: "For whoever holds the ops token; absent where there is none" },
  {
    name: "Description",
    description: "The API about itself: for generators, validators, and whoever met a problem",
  },
  { name: "Health", description: "For supervisors and metrics; needs no token" },
  { name: "Pages", description: "HTML for people" },
] as const;

export type Tag = (typeof TAGS)[number]["name"];

export const SECURITY_SCHEMES = {
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "The access token of a session, an EdDSA JWT: good for 10 minutes unless set otherwise, and until the " +
      "session ends",
  },
  opsToken: {
    type: "http",
    scheme: "bearer",
    description: "The operators' own token, at least 32 characters; the setting OPS_TOKEN",
  },
  refreshCookie: {
    type: "apiKey",
    in: "cookie",
    name: "__Secure-todo1m_refresh",
    description:
      "The refresh token, set at sign-in and taken from the edge's own pages only; without TLS, which only " +
      "development does, its name is todo1m_refresh",
  },
} as const;

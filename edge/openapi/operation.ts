/**
 * What the API's document says of one route, in the fewest words: what follows from the route itself (path
 * parameters, quota, authentication) is not repeated here.
 */
import type { Problem, ProblemCode } from "../../actors/protocol/mod.ts";
import type { Method, RouteDocumentation } from "../http/mod.ts";
import type { HeaderName, QueryName, RequestHeaderName } from "./parameters.ts";
import type { ANSWER_SCHEMAS } from "./answer_schemas.ts";
import type { COMMAND_SCHEMAS } from "./command_schemas.ts";
import type { Example } from "./examples/mod.ts";
import type { LinkName } from "./links.ts";
import type { REQUEST_SCHEMAS } from "./request_schemas.ts";

/** A schema that operations refer to. */
export type SchemaName =
  | keyof typeof ANSWER_SCHEMAS
  | keyof typeof COMMAND_SCHEMAS
  | keyof typeof REQUEST_SCHEMAS;

/** What callers show: an access token, the ops token, a refresh token in body or cookie, or nothing. */
export type Security = "user" | "operator" | "refresh" | "none";

/** One way in which an operation answers when it does what was asked. */
export interface Success {
  readonly description: string;
  /** Schema of a JSON body; several where the request decides. */
  readonly schema?: SchemaName | readonly SchemaName[];
  /** Media type of the body; of one without a schema, text of that type. */
  readonly content?: string;
  readonly headers?: readonly HeaderName[];
  /** A body like this; without one, the example of the schema. */
  readonly example?: unknown;
  /** Operations that go on from this answer. */
  readonly links?: readonly LinkName[];
}

interface BareBody {
  readonly schema: SchemaName;
}

/** A body that an operation takes, with one or several that people can send as they are, but for ids. */
type Body =
  & BareBody
  & ({ readonly example: object } | { readonly examples: Readonly<Record<string, Example>> });

export interface Operation extends RouteDocumentation {
  /** What the summary leaves open: who may, what it means for others, what is special. */
  readonly description: string;
  readonly security: Security;
  /**
   * What happens when a request that changes something is sent again, for operations that pass
   * `Idempotency-Key` over.
   */
  readonly again?: string;
  /** Parameters of the query; a request with others is refused. */
  readonly query?: readonly QueryName[];
  /**
   * Whether parameters that are not named here are passed over, as pages and probes do, or judged by the
   * streamer, which gateways ask directly.
   */
  readonly anyQuery?: true;
  readonly requestHeaders?: readonly RequestHeaderName[];
  /** The body as JSON. */
  readonly body?: Body & { readonly optional?: true };
  /** The bodies by media type, where it is others than JSON; what is none of them is refused. */
  readonly bodies?: Readonly<Record<string, Body | BareBody>>;
  readonly successes: Readonly<Record<number, Success>>;
  /** Problems beyond those that every operation of its kind has. */
  readonly problems?: readonly ProblemCode[];
  /** What examples of problems say here, where the usual text does not fit. */
  readonly details?: Readonly<Partial<Record<ProblemCode, string | Omit<Problem, "code">>>>;
}

/** Operations by method and path, as routes have them. */
export type Operations = Readonly<Record<`${Method} /${string}`, Operation>>;

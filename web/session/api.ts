/**
 * The HTTP API as the pages call it: JSON in, JSON out, problems as {@link ApiError}. Adds the access
 * token and, when it turns out to be stale, gets a new one once and sends the request again.
 */
import type { GroupEvent, Problem, ProblemCode, Role } from "../../actors/protocol/mod.ts";

export interface GroupSummary {
  readonly group_id: string;
  readonly group_name: string;
  readonly role: Role;
}

export interface Member {
  readonly user_id: string;
  readonly username: string;
  readonly role: Role;
}

/** What the server answers to a command: decided (200, 201), or only taken in (202). */
export interface CommandAnswer {
  readonly status: "committed" | "accepted";
  readonly version?: number;
  readonly events?: readonly GroupEvent[];
}

/** An answer that is not a success. `problem` is what the server said, or a plain stand-in. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;
  readonly retryable: boolean;
  /** How long the server asked to wait, 0 when it did not say. */
  readonly retryAfterMs: number;

  constructor(
    status: number,
    problem: Problem,
    options: { retryable: boolean; retryAfterMs: number },
  ) {
    super(problem.detail);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The server could not be reached, so nothing is known about the request. */
export class NetworkError extends Error {
  constructor(options: ErrorOptions) {
    super("The server cannot be reached", options);
    this.name = "NetworkError";
  }
}

/** Where the access token comes from. */
export interface TokenSource {
  /** A token that is good for a while; throws {@link ApiError} 401 when there is no session. */
  token(): Promise<string>;
  /** Called when the server refused `token`; resolves to another one, or throws like `token()`. */
  replace(token: string): Promise<string>;
}

export interface CallOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * Sends one request without a token.
 *
 * @returns the parsed JSON body, `undefined` for an empty one
 * @throws {ApiError} for any status that is no success, {@link NetworkError} when no answer came
 */
export async function call(path: string, options: CallOptions = {}, token?: string) {
  const headers = new Headers({ accept: "application/json" });
  if (token) headers.set("authorization", `Bearer ${token}`);
  if (options.body !== undefined) headers.set("content-type", "application/json");
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method: options.method ?? "GET",
      headers,
      credentials: "same-origin",
      cache: "no-store",
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    text = await response.text();
  } catch (cause) {
    throw new NetworkError({ cause });
  }
  if (!response.ok) throw errorOf(response, text);
  return text === "" ? undefined : parseJson(text);
}

/** Sends one request with the session's token. */
export async function callAs(tokens: TokenSource, path: string, options: CallOptions = {}) {
  const token = await tokens.token();
  try {
    return await call(path, options, token);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    return await call(path, options, await tokens.replace(token));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The error that `response` with body `text` stands for. */
export function errorOf(response: Response, text: string): ApiError {
  const body = parseJson(text);
  const known = isProblem(body) ? body : undefined;
  const { status } = response;
  return new ApiError(
    status,
    known ?? { code: codeOf(status), detail: `The server answered with status ${status}` },
    {
      retryable: known?.retryable ?? (status === 429 || status >= 502),
      retryAfterMs: (Number(response.headers.get("retry-after")) || 0) * 1000,
    },
  );
}

function isProblem(value: unknown): value is Problem & { retryable?: boolean } {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value &&
    typeof value.code === "string" && typeof value.detail === "string";
}

function codeOf(status: number): ProblemCode {
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return "forbidden";
    case 404:
      return "not-found";
    case 429:
      return "rate-limited";
    default:
      return status >= 502 ? "unavailable" : "internal";
  }
}

/** A sentence for the person in front of the screen. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) return sentence(error.problem.detail);
  if (error instanceof NetworkError) return "The server cannot be reached. Check your connection.";
  throw error;
}

/** `text` as a sentence: capital letter, full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}

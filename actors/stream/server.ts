/**
 * The streamer's HTTP side on `node:http`, which holds an idle stream in about a quarter of the memory
 * that `Deno.serve` takes: routes, refusals, and the socket end of a stream.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { newId, type Problem, problemBody, ProblemError, PROBLEMS } from "../protocol/mod.ts";
import type { Outlet } from "./connection.ts";

/** Answers requests for one path. */
export type Route = (exchange: Exchange) => Promise<void> | void;

/** Methods and what answers them, by path. */
export type Routes = Readonly<Record<string, Readonly<Record<string, Route>>>>;

/** A request and the means to answer it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

export interface ServerOptions {
  readonly routes: Routes;
  /** Told of every refusal. */
  refused(problem: Problem): void;
  /** Told of errors that are ours. */
  failed(error: unknown): void;
}

const HEADERS_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;
const RETRY_AFTER_SECONDS = "1";
const STREAM_HEAD = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
};

/** A server that answers `routes` and refuses everything else with problem details (RFC 9457). */
export function createStreamServer(options: ServerOptions): Server {
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS,
    connectionsCheckingInterval: 2_000,
    keepAliveTimeout: 5_000,
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
  }, (request, response) => {
    void answer(request, response, options);
  });
  server.on("clientError", refuseUnreadable);
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  try {
    const url = parseUrl(request.url ?? "/");
    const methods = Object.hasOwn(options.routes, url.pathname)
      ? options.routes[url.pathname]
      : undefined;
    if (!methods) throw new ProblemError({ code: "not-found", detail: "There is nothing here" });
    const method = request.method ?? "GET";
    const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (!route) {
      response.setHeader("allow", Object.keys(methods).join(", "));
      const detail = `Cannot ${method.slice(0, 20)} ${url.pathname}`;
      throw new ProblemError({ code: "method-not-allowed", detail });
    }
    await route({ request, response, url });
  } catch (error) {
    if (!(error instanceof ProblemError)) options.failed(error);
    const problem: Problem = error instanceof ProblemError
      ? error.problem
      : { code: "internal", detail: "Something went wrong here" };
    options.refused(problem);
    sendProblem(response, problem, traceIdOf(request));
  }
}

function parseUrl(target: string): URL {
  const url = target.startsWith("/") ? URL.parse(`http://streamer${target}`) : null;
  if (!url) {
    throw new ProblemError({ code: "malformed", detail: "Cannot read the request's target" });
  }
  return url;
}

/** Answers with problem details; drops the connection when an answer was already begun. */
export function sendProblem(response: ServerResponse, problem: Problem, traceId?: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, retryable } = PROBLEMS[problem.code];
  const body = JSON.stringify(problemBody(problem, newId(), traceId));
  response.writeHead(status, {
    "content-type": "application/problem+json",
    "content-length": new TextEncoder().encode(body).length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(retryable ? { "retry-after": RETRY_AFTER_SECONDS } : {}),
    ...(status === 401 ? { "www-authenticate": challengeOf(problem) } : {}),
  });
  response.end(body);
}

function challengeOf(problem: Problem): string {
  return problem.detail === "missing bearer token" ? "Bearer" : 'Bearer error="invalid_token"';
}

function traceIdOf(request: IncomingMessage): string | undefined {
  const header = request.headers["traceparent"];
  return typeof header === "string"
    ? /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header)?.[1]
    : undefined;
}

/** What is not HTTP, too large or too slow gets a bare answer; there is no request to talk about. */
function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === "HPE_HEADER_OVERFLOW"
    ? "431 Request Header Fields Too Large"
    : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
    ? "408 Request Timeout"
    : "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** The reader's end of a stream that is the answer to a request; its head is sent at once. */
export class ResponseOutlet implements Outlet {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, STREAM_HEAD);
    response.flushHeaders();
  }

  get queuedBytes(): number {
    return this.#response.writableLength;
  }

  write(chunk: Uint8Array): boolean {
    return this.#response.write(chunk);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}

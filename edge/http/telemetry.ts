/**
 * What every request leaves behind: a duration per route, counts, and a line in the log; of those that
 * succeed only where a log of all requests is wanted.
 */
import type { Histogram } from "prom-client";
import type { LineWriter, Logger, Metrics } from "../../actors/platform/mod.ts";
import type { Call } from "./call.ts";

type Labels = "route" | "method" | "outcome";
type Observe = (seconds: number) => void;

/** Measures requests; labels are bounded: route templates, known methods, classes of status. */
export class Telemetry {
  readonly #durations: Histogram<Labels>;
  readonly #observers = new Map<string, Observe>();
  readonly #log: Logger;
  readonly #requests: Pick<LineWriter, "add"> | undefined;
  #inFlight = 0;

  /** @param requests takes a line of JSON for every request; without it only failures are told, to `log` */
  constructor(metrics: Metrics, log: Logger, requests?: Pick<LineWriter, "add">) {
    this.#log = log;
    this.#requests = requests;
    this.#durations = metrics.histogram({
      name: "tf_http_request_duration_seconds",
      help: "Time from the request to its answer's header, by route",
      labelNames: ["route", "method", "outcome"],
    });
    const inFlight = () => this.#inFlight;
    metrics.gauge({
      name: "tf_http_requests_in_flight",
      help: "Requests being answered",
      collect() {
        this.set(inFlight());
      },
    });
  }

  /** Requests whose answer is not made yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  start(): void {
    this.#inFlight++;
  }

  /** Notes that `answer` to `request` is made, after `milliseconds`. */
  finish(request: Request, call: Call, answer: Response, milliseconds: number): void {
    this.#inFlight--;
    const { status } = answer;
    this.#observer(call.route, request.method, status)(milliseconds / 1000);
    if (this.#requests) return this.#requests.add(lineOf(request, call, { status, milliseconds }));
    // What was shed is told once for many: a line would cost more than the refusal, when there is least to spare.
    if (call.isShed) return;
    const level = status >= 500 ? "warning" : status >= 400 ? "info" : "debug";
    if (!this.#log.isEnabledFor(level)) return;
    this.#log[level]("{method} {route}: {status}", {
      method: request.method,
      route: call.route,
      status,
      duration_ms: Math.round(milliseconds * 100) / 100,
      request_id: call.id,
      trace_id: call.traceId,
      ...(call.userId === undefined ? {} : { user_id: call.userId }),
    });
  }

  /** Finding a histogram's child by labels costs more than using it, so children are kept. */
  #observer(route: string, method: string, status: number): Observe {
    const outcome = `${Math.floor(status / 100)}xx`;
    const key = `${method} ${outcome} ${route}`;
    let observe = this.#observers.get(key);
    if (!observe) {
      const child = this.#durations.labels({ route, method: known(method), outcome });
      observe = (seconds) => child.observe(seconds);
      this.#observers.set(key, observe);
    }
    return observe;
  }
}

/** The line of one request: nothing of its body, query or header fields, where secrets may be. */
function lineOf(
  { method }: Request,
  { id, traceId, userId, route }: Call,
  { status, milliseconds }: { readonly status: number; readonly milliseconds: number },
): string {
  return JSON.stringify({
    "@timestamp": new Date().toISOString(),
    level: status >= 500 ? "WARN" : "INFO",
    message: "request",
    logger: "todo1m.edge.requests",
    process: "edge",
    request_id: id,
    trace_id: traceId,
    user_id: userId,
    method: known(method),
    route,
    status,
    duration_ms: Math.round(milliseconds * 100) / 100,
  });
}

const METHODS = new Set(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]);

function known(method: string): string {
  return METHODS.has(method) ? method : "other";
}

/**
 * Hands commands to the edges over NATS, so that they are checked, counted, sent and answered as those that
 * come over HTTP are. What is not answered in time may have been taken or not, and that is what is said.
 */
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import * as v from "valibot";
import { Requests } from "../../platform/mod.ts";
import type { Problem } from "../../protocol/mod.ts";
import {
  COMMAND_ANSWER,
  COMMAND_ANSWERS,
  type CommandRequest,
  headers,
  SEND_COMMAND,
} from "../../protocol/routing/mod.ts";
import { parseNotice } from "../notice.ts";

const NO_RESPONDERS = 503;

const Refusal = v.object({
  problem: v.custom<Problem>((value) =>
    v.is(v.looseObject({ code: v.string(), detail: v.string() }), value)
  ),
  retry_after: v.exactOptional(v.number()),
});

/** What became of a command, as far as it is known. */
export type CommandResult =
  | { readonly kind: "answered"; readonly replayed: boolean; readonly outcome: Uint8Array }
  | { readonly kind: "refused"; readonly problem: Problem; readonly retryAfter?: number }
  | { readonly kind: "unknown" };

/** Takes commands to whoever can send them. */
export interface Commands {
  send(request: CommandRequest, traceparent: string): Promise<CommandResult>;
}

export class NatsCommands implements Commands, Disposable {
  readonly #requests: Requests;
  readonly #connection: NatsConnection;

  /** Every command is given up after `timeoutMs`, which should be longer than the edges wait. */
  constructor(connection: NatsConnection, options: { readonly timeoutMs: number }) {
    this.#connection = connection;
    this.#requests = new Requests(connection, options);
  }

  async send(request: CommandRequest, traceparent: string): Promise<CommandResult> {
    if (this.#connection.isClosed()) return unavailable();
    const fields = newHeaders();
    fields.append(headers.TRACEPARENT, traceparent);
    const answer = await this.#requests.send(SEND_COMMAND, JSON.stringify(request), fields);
    if (!answer) return { kind: "unknown" };
    if (answer.headers?.code === NO_RESPONDERS) return unavailable();
    const kind = answer.headers?.get(COMMAND_ANSWER);
    if (!v.is(v.picklist(COMMAND_ANSWERS), kind)) return { kind: "unknown" };
    if (kind !== "refused") {
      return { kind: "answered", replayed: kind === "replayed", outcome: answer.data };
    }
    const refusal = parseNotice(answer.data, Refusal);
    if (!refusal) return { kind: "unknown" };
    const { problem, retry_after } = refusal;
    return { kind: "refused", problem, ...(retry_after ? { retryAfter: retry_after } : {}) };
  }

  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
  }
}

function unavailable(): CommandResult {
  const detail = "No edge takes commands at this moment; nothing was stored";
  return { kind: "refused", problem: { code: "unavailable", detail } };
}

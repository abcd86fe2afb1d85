/**
 * Reads one bounded page of a subject's messages by batched direct get: any replica answers, no
 * consumer is made. Knows nothing of what the messages mean.
 */
import { createInbox, type NatsConnection } from "@nats-io/nats-core";
import type { LogMessage, LogPage, PageLimits } from "./group_log.ts";

const END_OF_BATCH = 204;
const NOT_FOUND = 404;

/** What to read: messages of `subject` in `stream` from place `from` on. */
export interface PageRequest extends PageLimits {
  readonly stream: string;
  readonly subject: string;
  readonly from: number;
  /** Longest silence of the server, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Reads a page.
 *
 * @throws {Error} when the server is silent for too long, refuses, or leaves a message out
 */
export function readPage(connection: NatsConnection, request: PageRequest): Promise<LogPage> {
  const { promise, resolve, reject } = Promise.withResolvers<LogPage>();
  const { stream, subject, timeoutMs } = request;
  const messages: LogMessage[] = [];
  const inbox = createInbox();
  const fail = (reason: string) =>
    settle(() => reject(new Error(`Cannot read "${subject}": ${reason}`)));
  const silence = () => fail(`no answer within ${timeoutMs} ms`);
  let timer = setTimeout(silence, timeoutMs);
  const settle = (finish: () => void) => {
    clearTimeout(timer);
    subscription.unsubscribe();
    finish();
  };
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error) return settle(() => reject(error));
      const { headers } = message;
      const code = headers?.code ?? 0;
      if (code === NOT_FOUND) return settle(() => resolve({ messages, complete: true }));
      if (code === END_OF_BATCH) {
        const complete = headers?.get("Nats-Num-Pending") === "0";
        return settle(() => resolve({ messages, complete }));
      }
      if (code !== 0) return fail(`${code} ${headers?.description ?? "without a reason"}`);
      const last = messages.at(-1);
      if (last && Number(headers?.get("Nats-Last-Sequence")) !== last.sequence) {
        return fail(`the message after ${last.sequence} is missing`);
      }
      messages.push({ sequence: Number(headers?.get("Nats-Sequence")), bytes: message.data });
      clearTimeout(timer);
      timer = setTimeout(silence, timeoutMs);
    },
  });
  const query = {
    seq: Math.max(1, request.from),
    next_by_subj: subject,
    batch: request.maxMessages,
    max_bytes: request.maxBytes,
  };
  connection.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { reply: inbox });
  return promise;
}

/** Sends commands straight to the mailbox and waits for outcomes, as the edge does, for tests. */
import { headers as newHeaders, type NatsConnection } from "@nats-io/nats-core";
import { type Command, newId, type Outcome } from "../../actors/protocol/mod.ts";
import { groupSubject, headers } from "../../actors/protocol/routing/mod.ts";

type Body = Pick<Command, "type" | "payload">;

export class MailboxClient implements Disposable {
  readonly #connection: NatsConnection;
  readonly #inbox = `svc.outcome.test-${crypto.randomUUID()}`;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();
  readonly #subscription: { unsubscribe(): void };

  constructor(connection: NatsConnection) {
    this.#connection = connection;
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error) throw error;
        const token = message.subject.slice(this.#inbox.length + 1);
        this.#waiting.get(token)?.(message.json<Outcome>());
        this.#waiting.delete(token);
      },
    });
  }

  /**
   * Sends one command; resolves with its outcome, or with `undefined` when none came within
   * `timeoutMs`: the outcome is then not known.
   */
  async send(
    groupId: string,
    actor: string,
    body: Body,
    options: { readonly id?: string; readonly timeoutMs?: number } = {},
  ): Promise<Outcome | undefined> {
    const token = crypto.randomUUID();
    const header = newHeaders();
    header.set(headers.REPLY_TO, `${this.#inbox}.${token}`);
    const command = { command_id: options.id ?? newId(), group_id: groupId, actor, ...body };
    const { promise, resolve } = Promise.withResolvers<Outcome | undefined>();
    const timer = setTimeout(() => {
      this.#waiting.delete(token);
      resolve(undefined);
    }, options.timeoutMs ?? 2_000);
    this.#waiting.set(token, resolve);
    this.#connection.publish(groupSubject("command", groupId), JSON.stringify(command), {
      headers: header,
      reply: `${this.#inbox}.ack-${token}`,
    });
    const outcome = await promise;
    clearTimeout(timer);
    return outcome;
  }

  [Symbol.dispose](): void {
    this.#subscription.unsubscribe();
  }
}

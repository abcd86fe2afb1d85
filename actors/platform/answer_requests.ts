/** Answers requests over core NATS for as long as it is told to; what is being answered then is finished. */
import type { Msg, NatsConnection } from "@nats-io/nats-core";

export interface AnswerRequestsOptions {
  readonly subject: string;
  /** Who shares the requests: each goes to one of them. */
  readonly queue: string;
  /** Answers one request; must not reject. */
  readonly answer: (message: Msg) => Promise<void>;
  /** Told why requests cannot be received. */
  readonly failed: (reason: string) => void;
}

/** Answers until the returned function is called, which ends when the last answer is sent. */
export function answerRequests(
  connection: NatsConnection,
  { subject, queue, answer, failed }: AnswerRequestsOptions,
): () => Promise<void> {
  const answers = new Set<Promise<void>>();
  const subscription = connection.subscribe(subject, {
    queue,
    callback: (error, message) => {
      if (error) return failed(error.message);
      const answered = answer(message).then(() => void answers.delete(answered));
      answers.add(answered);
    },
  });
  return async () => {
    if (connection.isClosed()) return;
    await subscription.drain();
    await Promise.all(answers);
  };
}

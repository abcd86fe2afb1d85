/**
 * Answers commands on tasks that are committed. What is committed is never refused: when the task cannot be
 * shown now, because the read model is away or behind, the answer is where the outcome is told.
 */
import { logger } from "../../actors/platform/mod.ts";
import { type Committed, ProblemError, PROBLEMS, type Todo } from "../../actors/protocol/mod.ts";
import { acceptedAnswer, answerCommand, type Sent, type SentCommand } from "../commands/mod.ts";
import { type Call, problemOfStore } from "../http/mod.ts";

const decoder = new TextDecoder();

/** The todo that a committed `todo.create` has made, as it was made. */
export function createdTodo({ body }: Extract<Sent, { readonly kind: "committed" }>): Todo {
  const { events } = JSON.parse(decoder.decode(body)) as Committed;
  for (const { type, data } of events) {
    if (type === "com.todo1m.todo.created") return data.todo;
  }
  throw new Error("A committed todo.create has no todo.created");
}

/**
 * The answer to the command of `result`. `show` answers once it is committed; if it cannot do so for now, the
 * answer is 202.
 */
export async function answerTask(
  result: SentCommand,
  call: Call,
  show: (committed: Extract<Sent, { readonly kind: "committed" }>) => Promise<Response>,
): Promise<Response> {
  const { sent } = result;
  const answer = sent.kind === "committed"
    ? await show(sent).catch((error: unknown) => {
      if (!passes(error)) throw error;
      logger("edge.taskboard").warning("A task that is stored cannot be shown: {reason}", {
        reason: String(error),
        request_id: call.id,
      });
      return acceptedAnswer(result, {});
    })
    : new Response(null);
  return answerCommand(result, call, () => answer);
}

/** Whether `error` is about the moment and not about the task. */
function passes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const problem = error instanceof ProblemError ? error.problem : problemOfStore(error);
  return problem !== undefined && PROBLEMS[problem.code].retryable;
}

/** Problems of commands for requests that are no commands: their fields lie at the top of the body. */
import {
  type CommandBody,
  movedErrors,
  parseCommand,
  type ParsedCommand,
  type Problem,
  ProblemError,
} from "../../actors/protocol/mod.ts";

/**
 * The command of `type` with `payload`, which a route has put together of the fields of its body.
 *
 * @throws {ProblemError} `validation`, pointing at fields of the body
 */
export function checkedBody(
  type: CommandBody["type"],
  payload: Readonly<Record<string, unknown>>,
  groupId?: string,
): ParsedCommand {
  const parsed = parseCommand({ type, payload, ...(groupId ? { group_id: groupId } : {}) });
  if (parsed.ok) return parsed.value;
  throw new ProblemError(flatProblem(parsed.problem));
}

/** `problem` of a command whose payload is the body itself. */
export function flatProblem(problem: Problem): Problem {
  const errors = problem.errors &&
    movedErrors(problem.errors, (pointer) => pointer.replace(/^\/payload/, ""));
  return {
    ...problem,
    detail: problem.detail.replace(/^"payload\//, '"'),
    ...(errors ? { errors } : {}),
  };
}

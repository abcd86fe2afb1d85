/** The answer to a list of commands of which the mailbox took none: no success, and nothing of it is lost. */
import type { Problem } from "../../actors/protocol/mod.ts";
import type { Sent } from "./mailbox.ts";

/**
 * Why the mailbox took none of the commands that could be sent, as far as that is known: it was away
 * (`unavailable`), or said nothing (`outcome-unknown`). Nothing when it took one, or when there was none.
 */
export function nothingSent(list: readonly Sent[]): Problem | undefined {
  if (list.length === 0) return undefined;
  let away: Problem | undefined;
  let isUnknown = false;
  for (const sent of list) {
    if (sent.kind === "unknown") isUnknown = true;
    else if (sent.kind === "refused" && sent.problem.code === "unavailable") away = sent.problem;
    else return undefined;
  }
  if (!isUnknown) return away;
  return {
    code: "outcome-unknown",
    detail:
      "It is not known whether any of the commands was stored; send them again with the ids " +
      "that their outcomes have",
  };
}

/** The problem `answer` with `member`, the JSON text of a name and its value, as an extension. */
export async function withMember(answer: Response, member: string): Promise<Response> {
  const problem = await answer.text();
  return new Response(`${problem.slice(0, -1)},${member}}`, answer);
}

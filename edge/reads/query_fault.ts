/** Tells clients what is wrong with a parameter of a list. */
import { ProblemError } from "../../actors/protocol/mod.ts";
import { QueryError } from "../../actors/query/mod.ts";

/**
 * What `read` makes of the query parameter `name`.
 *
 * @throws {ProblemError} `malformed`, with the place in the text, when that is no filter or order
 */
export function readParameter<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    throw new ProblemError({
      code: "malformed",
      detail: `${name} cannot be used: ${error.message}`,
      errors: [{ parameter: name, code: error.code, message: error.message }],
    });
  }
}

/**
 * Parses JSON from outside within the platform's limits: nested at most 16 deep, valid UTF-8, no field
 * name that means an object's prototype. Knows no schema.
 */
import { jsonFault } from "./_json_fault.ts";
import { COMMAND_MAX_DEPTH } from "./limits.ts";
import { ProblemError } from "./problem.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The JSON value in `bytes`.
 *
 * @param what the name of what is parsed, for the refusals
 * @throws {ProblemError} `malformed` when it is no JSON, no UTF-8 or nested too deep
 */
export function parseJson(bytes: Uint8Array, what = "body"): unknown {
  let text = "";
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw notJson(text, what);
    if (error instanceof TypeError) throw malformed(`The ${what} is not valid UTF-8`);
    throw error;
  }
  checkTree(value, COMMAND_MAX_DEPTH, what);
  return value;
}

function malformed(detail: string): ProblemError {
  const errors = [{ pointer: "", code: "malformed", message: detail }];
  return new ProblemError({ code: "malformed", detail, errors });
}

function notJson(text: string, name: string): ProblemError {
  const fault = jsonFault(text);
  if (!fault) return malformed(`The ${name} is not valid JSON`);
  const { line, column, found } = fault;
  const what = found === undefined ? "it ends too early" : `unexpected ${JSON.stringify(found)}`;
  return malformed(`The ${name} is not valid JSON: ${what} at line ${line}, column ${column}`);
}

/**
 * Refuses a value of more than `levels` levels of arrays and objects, and the field name that means an
 * object's prototype: checks that copy fields would pass over it.
 */
function checkTree(value: unknown, levels: number, what: string): void {
  if (value === null || typeof value !== "object") return;
  if (levels === 0) throw malformed(`The ${what} nests deeper than ${COMMAND_MAX_DEPTH} levels`);
  for (const key in value) {
    if (key === "__proto__") {
      const detail = 'The field name "__proto__" is not allowed';
      throw new ProblemError({ code: "malformed", detail });
    }
    checkTree((value as Record<string, unknown>)[key], levels - 1, what);
  }
}

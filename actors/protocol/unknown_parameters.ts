/**
 * Refuses what a query asks for and nobody answers: passed over, a misspelt parameter, or the second of two filters,
 * would have another question answered than was meant. Pure.
 */
import { didYouMean } from "./nearest.ts";
import { ProblemError } from "./problem.ts";

/** Unknown parameters of which one refusal tells. */
const MOST_TOLD = 20;
/** Characters of a name that a refusal repeats. */
const NAME_SHOWN_CHARS = 100;

/**
 * Refuses `parameters` of which one is none of `known`, or is there twice and none of `lists`.
 *
 * @throws {ProblemError} `malformed`, with the known name that is nearest to each unknown one
 */
export function refuseUnknownParameters(
  parameters: URLSearchParams,
  known: readonly string[],
  { lists = [] }: { readonly lists?: readonly string[] } = {},
): void {
  const unknown = [...new Set(parameters.keys())].filter((name) => !known.includes(name));
  const [first] = unknown;
  if (first === undefined) return refuseRepeated(parameters, lists);
  throw new ProblemError({
    code: "malformed",
    detail: `Unknown parameter "${first.slice(0, NAME_SHOWN_CHARS)}"${didYouMean(first, known)}`,
    errors: unknown.slice(0, MOST_TOLD).map((name) => ({
      parameter: name.slice(0, NAME_SHOWN_CHARS),
      code: "unknown",
      message: `is not known here${didYouMean(name, known)}`,
    })),
  });
}

function refuseRepeated(parameters: URLSearchParams, lists: readonly string[]): void {
  const names = [...parameters.keys()];
  const repeated = names.find((name, at) => names.indexOf(name) < at && !lists.includes(name));
  if (repeated === undefined) return;
  const detail = `${repeated} is there ${
    names.filter((name) => name === repeated).length
  } times: give it once`;
  throw new ProblemError({
    code: "malformed",
    detail,
    errors: [{ parameter: repeated, code: "repeated", message: detail }],
  });
}

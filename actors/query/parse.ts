/**
 * The parser of filters, by recursive descent:
 *
 *     filter = all ("|" all)*            all  = one ("&" one)*
 *     one    = "!" one | "(" filter ")" | word | field operator value
 */
import { Scanner } from "./_scanner.ts";
import { comparisonOf, conditionOf, OPERATORS } from "./_terms.ts";
import { QueryError } from "./error.ts";
import type { Expression, Filter } from "./expression.ts";

/** Limits of a filter: in UTF-16 code units, in conditions, and in `!` and parentheses around one. */
export const FILTER_MAX_CHARS = 1_000;
const MAX_CONDITIONS = 64;
const MAX_DEPTH = 16;

/**
 * Reads a filter such as `due<=today & !done & (label:home | assignee:me)`.
 *
 * @throws {QueryError} when it is none, with the place and what was expected there
 */
export function parseFilter(text: string): Filter {
  if (text.length > FILTER_MAX_CHARS) {
    throw new QueryError(
      "too-long",
      FILTER_MAX_CHARS,
      `expected the end: ${text.length} characters`,
    );
  }
  const parser = new Parser(text);
  const expression = parser.parse();
  const terms = termsOf(expression);
  return {
    expression,
    isRelative: terms.some((term) =>
      term.kind === "due" && "days" in term.day ||
      term.kind === "instant" && "days" in term.moment
    ),
    needsNames: terms.some(({ kind }) => kind === "named"),
  };
}

function termsOf(expression: Expression): Exclude<Expression, { kind: "and" | "or" | "not" }>[] {
  switch (expression.kind) {
    case "and":
    case "or":
      return expression.parts.flatMap(termsOf);
    case "not":
      return termsOf(expression.part);
    default:
      return [expression];
  }
}

class Parser {
  readonly #scanner: Scanner;
  #conditions = 0;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  parse(): Expression {
    const expression = this.#any(0);
    if (!this.#scanner.isAtEnd) throw this.#expected("& or |");
    return expression;
  }

  #any(depth: number): Expression {
    return this.#list("or", "|", () => this.#list("and", "&", () => this.#one(depth)));
  }

  #list(kind: "and" | "or", sign: "&" | "|", read: () => Expression): Expression {
    const first = read();
    const parts = [first];
    while (this.#scanner.sign([sign])) parts.push(read());
    return parts.length === 1 ? first : { kind, parts };
  }

  #one(depth: number): Expression {
    const scanner = this.#scanner;
    const at = scanner.position;
    const nested = scanner.sign(["!", "("]);
    if (nested !== undefined && depth >= MAX_DEPTH) {
      throw new QueryError(
        "too-deep",
        at,
        `more than ${MAX_DEPTH} times ! and ( inside each other`,
      );
    }
    if (nested === "!") return { kind: "not", part: this.#one(depth + 1) };
    if (nested === "(") {
      const inner = this.#any(depth + 1);
      if (!scanner.sign([")"])) throw this.#expected(`&, | or the ) of character ${at + 1}`);
      return inner;
    }
    return this.#condition();
  }

  #condition(): Expression {
    const scanner = this.#scanner;
    const word = scanner.word();
    if (!word) throw this.#expected("a condition such as due<=today, !done or label:home");
    if (++this.#conditions > MAX_CONDITIONS) {
      const reason = `more than ${MAX_CONDITIONS} conditions`;
      throw new QueryError("too-many-conditions", word.position, reason);
    }
    const position = scanner.position;
    const operator = scanner.sign(OPERATORS);
    if (operator === undefined) return conditionOf(word);
    const value = scanner.value();
    if (!value) throw this.#expected(`a value after ${word.text}${operator}`);
    return comparisonOf(word, { operator, position, value });
  }

  #expected(what: string): QueryError {
    const { position, next } = this.#scanner;
    return new QueryError("syntax", position, `expected ${what}; not ${next}`);
  }
}

/** Walks through the text of a filter: spaces, signs, words, values. Pure but for its own place. */
import { QueryError } from "./error.ts";

/** A value and where it begins. */
export interface Scanned {
  readonly text: string;
  readonly position: number;
}

const SPACE = /\s*/y;
const WORD = /[\p{L}\p{N}_-]+/uy;
const VALUE = /[^\s&|()"]+/uy;
const QUOTED = /"((?:[^"\\]|\\["\\])*)"/uy;
// deno-lint-ignore no-control-regex -- text that the read model cannot hold is found here, with its place
const CONTROL = /[\u0000-\u001f\u007f]/;

export class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the next thing begins that is no space; the end of the text when there is none. */
  get position(): number {
    this.#take(SPACE);
    return this.#position;
  }

  get isAtEnd(): boolean {
    return this.position === this.#text.length;
  }

  /** Passes the first of `signs` that comes next. */
  sign<Sign extends string>(signs: readonly Sign[]): Sign | undefined {
    const found = signs.find((sign) => this.#text.startsWith(sign, this.position));
    if (found !== undefined) this.#position += found.length;
    return found;
  }

  /** Passes a word: letters, digits, `_` and `-`. */
  word(): Scanned | undefined {
    const position = this.position;
    const [text] = this.#take(WORD) ?? [];
    return text === undefined ? undefined : { text, position };
  }

  /**
   * Passes a value: everything up to a space, `&`, `|` or parenthesis, or a text in quotation marks.
   *
   * @throws {QueryError} when the quotation marks are not closed, or there are control characters
   */
  value(): Scanned | undefined {
    const position = this.position;
    const isQuoted = this.#text[position] === '"';
    const [whole, inner] = this.#take(isQuoted ? QUOTED : VALUE) ?? [];
    if (whole === undefined) {
      if (!isQuoted) return undefined;
      const reason = 'the quotation mark is not closed; inside write \\" and \\\\ for " and \\';
      throw new QueryError("syntax", position, reason);
    }
    const control = whole.search(CONTROL);
    if (control >= 0) {
      throw new QueryError("syntax", position + control, "control characters are not text");
    }
    return { text: inner === undefined ? whole : inner.replace(/\\(["\\])/g, "$1"), position };
  }

  /** What comes next, for messages. */
  get next(): string {
    return this.isAtEnd ? "the end" : `"${this.#text.slice(this.#position, this.#position + 12)}"`;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    if (!match) return undefined;
    this.#position = pattern.lastIndex;
    return match;
  }
}

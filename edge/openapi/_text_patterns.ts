/**
 * Patterns (ECMA-262) of texts that the edge trims or compares in any case before it looks at them. What counts as
 * space is written out: `\s` means other characters to programs in other languages that read the document.
 */

/** What `String.prototype.trim` takes away, within a character class. */
const SPACE =
  "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
/** Control characters, within a character class. */
const CONTROL = "\\u0000-\\u001f\\u007f";

/** Nothing but space, if that. */
export const BLANK = `^[${SPACE}]*$`;

/** Anything but blank. */
export const NOT_BLANK = `[^${SPACE}]`;

/** One line that is more than space, without control characters at its ends either. */
export const LINE = `^[^${CONTROL}]*[^${SPACE}${CONTROL}][^${CONTROL}]*$`;

/** One line of up to `max` characters, the space around it not counted. */
export function trimmedLine(max: number): string {
  const edge = `[^${SPACE}${CONTROL}]`;
  return trimmed(`${edge}(?:[^${CONTROL}]{0,${max - 2}}${edge})?`);
}

/** What `pattern` describes, with any space around it. */
export function trimmed(pattern: string): string {
  return `^[${SPACE}]*${pattern}[${SPACE}]*$`;
}

/** One of `words` in capitals, small letters or both, with any space around it. */
export function anyCase(words: readonly string[]): string {
  const each = words.map((word) =>
    word.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`)
  );
  return trimmed(`(?:${each.join("|")})`);
}

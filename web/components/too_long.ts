/**
 * Whether a line of text is too long, counted as the server does: in Unicode code points, without the space
 * around it. The `maxlength` of fields counts UTF-16 units and would cut texts that the server takes. Pure.
 */

/** What to say when `text` has more than `max` characters; `what` begins the sentence. */
export function tooLong(
  what: string,
  text: string,
  max: number,
): string | undefined {
  const trimmed = text.trim();
  // Never more code points than units: most texts need not be taken apart.
  if (trimmed.length <= max) return undefined;
  const count = Array.from(trimmed).length;
  if (count <= max) return undefined;
  return `${what} has at most ${max} characters: shorten it by ${count - max}.`;
}

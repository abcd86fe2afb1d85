/** Guesses which name somebody meant who wrote another one. Pure. */

/** Longer names are not compared, so that nobody makes this cost much. */
const NAME_MAX_CHARS = 64;

/** The name in `known` that is nearest to `name`; `undefined` when none is near enough for a typing error. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > NAME_MAX_CHARS) return undefined;
  const most = Math.ceil(name.length / 3);
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** Levenshtein distance: how many characters to insert, delete or replace. */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      line.push(Math.min(replaced, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above.at(-1) ?? 0;
}

/** `; did you mean "…"?` when a name in `known` is near, else nothing. */
export function didYouMean(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

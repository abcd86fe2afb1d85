/**
 * Text without regard to case, one character for one character, as Postgres's `lower(… collate "pg_c_utf8")`
 * makes it, so that the browser and the read model agree. Pure.
 */

/** `text` in lower case by Unicode's simple mappings, which depend on no language and no neighbour. */
export function foldCase(text: string): string {
  // The two characters of which `toLowerCase` makes more than its simple mapping.
  return text.replaceAll("İ", "i").replaceAll("Σ", "σ").toLowerCase();
}

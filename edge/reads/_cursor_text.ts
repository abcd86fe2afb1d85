/** Cursors as clients see them: base64url, so that nobody takes one apart or has to escape it. Pure. */

/** The opaque form of `text`, which is ASCII. */
export function opaque(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The text that {@link opaque} was given; "" when `cursor` is no such form. */
export function fromOpaque(cursor: string): string {
  try {
    return atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch (error) {
    if (error instanceof DOMException) return "";
    throw error;
  }
}

/** Equality of JSON values: same content, whatever the order of an object's fields. */

/** Whether `a` and `b` are the same JSON value; an absent field equals `undefined`. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = definedEntries(a);
  const right = new Map(definedEntries(b));
  return left.length === right.size &&
    left.every(([key, value]) => right.has(key) && same(value, right.get(key)));
}

function definedEntries(object: object): [string, unknown][] {
  return Object.entries(object).filter(([, value]) => value !== undefined);
}

/**
 * What a run of events does to one row, as a value: put it whole, patch some fields, or remove it. Later
 * operations on the same row fold into earlier ones, so that a batch touches every row once. The result of
 * applying the folded operation is the result of applying the single ones in order, whatever prefix of
 * them the row has seen before.
 */

/** The fields of a row by name; values are JSON. */
export type Fields = Readonly<Record<string, unknown>>;

export type Op =
  | { readonly kind: "put"; readonly row: Fields }
  | { readonly kind: "patch"; readonly set: Fields; readonly unset: readonly string[] }
  | { readonly kind: "remove" };

/** Folds `next` into what came before it on the same row. */
export function fold(before: Op | undefined, next: Op): Op {
  if (!before || next.kind !== "patch") return next;
  switch (before.kind) {
    case "remove":
      // A patch of a row that is gone has nothing to change.
      return before;
    case "put":
      return { kind: "put", row: patched(before.row, next) };
    case "patch": {
      const set = patched(before.set, next);
      const unset = new Set([...before.unset, ...next.unset]);
      return {
        kind: "patch",
        set,
        unset: [...unset].filter((field) => !Object.hasOwn(set, field)),
      };
    }
  }
}

/** `row` after `patch`. */
export function patched(row: Fields, patch: { set: Fields; unset: readonly string[] }): Fields {
  const result: Record<string, unknown> = { ...row };
  for (const field of patch.unset) delete result[field];
  return Object.assign(result, patch.set);
}

/**
 * The patch that a map of changes stands for: a change without `to` takes the field away.
 *
 * @param changes `{field: {from?, to?}}` as update events carry it
 */
export function patchOf(changes: Fields): Extract<Op, { kind: "patch" }> {
  const set: Record<string, unknown> = {};
  const unset: string[] = [];
  for (const [field, change] of Object.entries(changes)) {
    if (typeof change !== "object" || change === null) {
      throw new TypeError(`Cannot read changes: "${field}" is not {from, to}`);
    }
    const to = (change as { to?: unknown }).to;
    if (to === undefined) unset.push(field);
    else set[field] = to;
  }
  return { kind: "patch", set, unset };
}

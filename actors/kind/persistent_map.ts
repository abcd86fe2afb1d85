/**
 * A persistent map from text to values: a hash trie of plain arrays and objects. Every change returns
 * a new map that shares all but one path with the old one, so a state of 10,000 todos is changed
 * without being copied. Knows nothing of what it holds.
 */

const BITS = 4;
const WIDTH = 1 << BITS;
const MAX_SHIFT = 28;
/** A leaf grows to this many entries before it is split; at the deepest level it grows on. */
const LEAF_MAX = 8;

interface Entry<V> {
  readonly key: string;
  readonly hash: number;
  readonly value: V;
}
interface Leaf<V> {
  readonly size: number;
  readonly entries: readonly Entry<V>[];
  readonly children?: undefined;
}
interface Branch<V> {
  readonly size: number;
  readonly children: readonly (PersistentMap<V> | undefined)[];
}

/** A map is its root node; `size` counts the entries below. */
export type PersistentMap<V> = Leaf<V> | Branch<V>;

const EMPTY: PersistentMap<never> = { size: 0, entries: [] };

/** The map without entries. */
export function emptyMap<V>(): PersistentMap<V> {
  return EMPTY;
}

/** A map of `entries`, built in one go; a later entry of the same key wins. */
export function mapOf<V>(entries: Iterable<readonly [key: string, value: V]>): PersistentMap<V> {
  const distinct: Entry<V>[] = [];
  for (const [key, value] of new Map(entries)) distinct.push({ key, hash: hashOf(key), value });
  return distinct.length === 0 ? emptyMap() : build(distinct, 0);
}

/** The value under `key`, or `undefined`. */
export function lookup<V>(map: PersistentMap<V>, key: string): V | undefined {
  const hash = hashOf(key);
  let node: PersistentMap<V> | undefined = map;
  for (let shift = 0; node?.children; shift += BITS) node = node.children[slot(hash, shift)];
  return node && find(node.entries, key, hash)?.value;
}

/** `map` with `value` under `key`. */
export function withEntry<V>(map: PersistentMap<V>, key: string, value: V): PersistentMap<V> {
  return insert(map, 0, { key, hash: hashOf(key), value });
}

/** `map` without `key`; the same map when it does not hold it. */
export function withoutEntry<V>(map: PersistentMap<V>, key: string): PersistentMap<V> {
  const rest = remove(map, 0, { key, hash: hashOf(key) });
  return rest.size === 0 ? emptyMap() : rest;
}

/** All values, in no particular order. */
export function valuesOf<V>(map: PersistentMap<V>): V[] {
  const values: V[] = [];
  collect(map, values);
  return values;
}

function collect<V>(node: PersistentMap<V>, into: V[]): void {
  if (!node.children) {
    for (const entry of node.entries) into.push(entry.value);
    return;
  }
  for (const child of node.children) if (child) collect(child, into);
}

function find<V>(entries: readonly Entry<V>[], key: string, hash: number): Entry<V> | undefined {
  for (const entry of entries) if (entry.hash === hash && entry.key === key) return entry;
  return undefined;
}

function insert<V>(
  node: PersistentMap<V> | undefined,
  shift: number,
  entry: Entry<V>,
): PersistentMap<V> {
  if (!node) return { size: 1, entries: [entry] };
  if (node.children) {
    const at = slot(entry.hash, shift);
    return withChild(node, at, insert(node.children[at], shift + BITS, entry));
  }
  const entries = node.entries.slice();
  const known = find(entries, entry.key, entry.hash);
  if (known) entries[entries.indexOf(known)] = entry;
  else entries.push(entry);
  return build(entries, shift);
}

/** A map of distinct entries. */
function build<V>(entries: readonly Entry<V>[], shift: number): PersistentMap<V> {
  if (entries.length <= LEAF_MAX || shift >= MAX_SHIFT) return { size: entries.length, entries };
  const slots: Entry<V>[][] = Array.from({ length: WIDTH }, () => []);
  for (const entry of entries) slots[slot(entry.hash, shift)]?.push(entry);
  const children = slots.map((own) => own.length === 0 ? undefined : build(own, shift + BITS));
  return { size: entries.length, children };
}

function remove<V>(
  node: PersistentMap<V>,
  shift: number,
  gone: { readonly key: string; readonly hash: number },
): PersistentMap<V> {
  if (!node.children) {
    const known = find(node.entries, gone.key, gone.hash);
    if (!known) return node;
    return { size: node.size - 1, entries: node.entries.filter((entry) => entry !== known) };
  }
  const at = slot(gone.hash, shift);
  const child = node.children[at];
  const rest = child && remove(child, shift + BITS, gone);
  return rest === child ? node : withChild(node, at, rest);
}

function withChild<V>(
  node: Branch<V>,
  at: number,
  child: PersistentMap<V> | undefined,
): Branch<V> {
  const children = node.children.slice();
  children[at] = child?.size ? child : undefined;
  const size = node.size - (node.children[at]?.size ?? 0) + (child?.size ?? 0);
  return { size, children };
}

function slot(hash: number, shift: number): number {
  return (hash >>> shift) & (WIDTH - 1);
}

/** FNV-1a over the UTF-16 units, finished so that the low bits depend on all of them. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

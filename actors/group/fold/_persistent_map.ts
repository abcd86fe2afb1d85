/**
 * A persistent map from text to values: a hash trie of plain arrays and objects. Every change returns
 * a new map that shares all but one path with the old one, so a state of 10,000 todos is changed
 * without being copied. Knows nothing of what it holds.
 */

const BITS = 5;
const WIDTH = 1 << BITS;
const MAX_SHIFT = 30;
/** A leaf grows to this many entries before it is split; at the deepest level it grows on. */
const LEAF_MAX = 8;

type Entry<V> = readonly [key: string, value: V];
interface Leaf<V> {
  readonly entries: readonly Entry<V>[];
}
interface Branch<V> {
  readonly children: readonly (Node<V> | undefined)[];
}
type Node<V> = Leaf<V> | Branch<V>;

export interface PersistentMap<V> {
  readonly size: number;
  readonly root: Node<V>;
}

const EMPTY: PersistentMap<never> = Object.freeze({
  size: 0,
  root: Object.freeze({ entries: Object.freeze([]) }),
});

/** The map without entries. */
export function emptyMap<V>(): PersistentMap<V> {
  return EMPTY;
}

/** A map of `entries`; a later entry of the same key wins. */
export function mapOf<V>(entries: Iterable<Entry<V>>): PersistentMap<V> {
  let map = emptyMap<V>();
  for (const [key, value] of entries) map = withEntry(map, key, value);
  return map;
}

/** The value under `key`, or `undefined`. */
export function lookup<V>(map: PersistentMap<V>, key: string): V | undefined {
  const hash = hashOf(key);
  let node: Node<V> | undefined = map.root;
  for (let shift = 0; node && "children" in node; shift += BITS) {
    node = node.children[slot(hash, shift)];
  }
  return node && entryIn(node, key)?.[1];
}

function entryIn<V>({ entries }: Leaf<V>, key: string): Entry<V> | undefined {
  for (const entry of entries) if (entry[0] === key) return entry;
  return undefined;
}

/** `map` with `value` under `key`. */
export function withEntry<V>(map: PersistentMap<V>, key: string, value: V): PersistentMap<V> {
  const known = lookup(map, key) !== undefined;
  const root = insert(map.root, 0, hashOf(key), [key, value]);
  return { size: known ? map.size : map.size + 1, root };
}

/** `map` without `key`; the same map when it does not hold it. */
export function withoutEntry<V>(map: PersistentMap<V>, key: string): PersistentMap<V> {
  if (lookup(map, key) === undefined) return map;
  if (map.size === 1) return emptyMap();
  return { size: map.size - 1, root: remove(map.root, 0, hashOf(key), key) };
}

/** All values, in no particular order. */
export function valuesOf<V>(map: PersistentMap<V>): V[] {
  const values: V[] = [];
  collect(map.root, values);
  return values;
}

function collect<V>(node: Node<V>, into: V[]): void {
  if ("entries" in node) {
    for (const entry of node.entries) into.push(entry[1]);
    return;
  }
  for (const child of node.children) if (child) collect(child, into);
}

function insert<V>(
  node: Node<V> | undefined,
  shift: number,
  hash: number,
  entry: Entry<V>,
): Node<V> {
  if (!node) return { entries: [entry] };
  if ("children" in node) {
    const at = slot(hash, shift);
    const children = node.children.slice();
    children[at] = insert(node.children[at], shift + BITS, hash, entry);
    return { children };
  }
  const entries = node.entries.filter((existing) => existing[0] !== entry[0]);
  entries.push(entry);
  return entries.length > LEAF_MAX && shift < MAX_SHIFT ? split(entries, shift) : { entries };
}

function split<V>(entries: readonly Entry<V>[], shift: number): Branch<V> {
  const children = new Array<Node<V> | undefined>(WIDTH).fill(undefined);
  for (const entry of entries) {
    const hash = hashOf(entry[0]);
    const at = slot(hash, shift);
    children[at] = insert(children[at], shift + BITS, hash, entry);
  }
  return { children };
}

function remove<V>(node: Node<V>, shift: number, hash: number, key: string): Node<V> {
  if ("entries" in node) return { entries: node.entries.filter((entry) => entry[0] !== key) };
  const at = slot(hash, shift);
  const child = node.children[at];
  if (!child) return node;
  const rest = remove(child, shift + BITS, hash, key);
  const children = node.children.slice();
  children[at] = "entries" in rest && rest.entries.length === 0 ? undefined : rest;
  return { children };
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

/**
 * A persistent queue: pushing copies one short chunk, popping moves an index, older versions stay as
 * they were.
 */

const CHUNK = 64;

export interface Queue<T> {
  /** Full chunks, oldest first. */
  readonly chunks: readonly (readonly T[])[];
  /** The newest items, fewer than a chunk. */
  readonly tail: readonly T[];
  /** How many of the oldest chunk's items are popped. */
  readonly head: number;
}

const EMPTY: Queue<never> = { chunks: [], tail: [], head: 0 };

/** The queue without items. */
export function emptyQueue<T>(): Queue<T> {
  return EMPTY;
}

/** A queue of `items`, the first one oldest. */
export function queueOf<T>(items: readonly T[]): Queue<T> {
  const chunks: (readonly T[])[] = [];
  let from = 0;
  for (; from + CHUNK <= items.length; from += CHUNK) chunks.push(items.slice(from, from + CHUNK));
  return { chunks, tail: items.slice(from), head: 0 };
}

/** `queue` with `item` as the newest. */
export function pushed<T>({ chunks, tail, head }: Queue<T>, item: T): Queue<T> {
  const longer = tail.slice();
  longer.push(item);
  return longer.length < CHUNK
    ? { chunks, tail: longer, head }
    : { chunks: [...chunks, longer], tail: [], head };
}

/** The oldest item; `undefined` of an empty queue. */
export function oldest<T>({ chunks, tail, head }: Queue<T>): T | undefined {
  return (chunks[0] ?? tail)[head];
}

/** `queue` without its oldest item. */
export function popped<T>(queue: Queue<T>): Queue<T> {
  const { chunks, tail, head } = queue;
  const first = chunks[0] ?? tail;
  if (head + 1 < first.length) return { chunks, tail, head: head + 1 };
  return chunks.length > 0 ? { chunks: chunks.slice(1), tail, head: 0 } : emptyQueue();
}

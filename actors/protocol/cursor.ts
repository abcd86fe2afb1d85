/**
 * The stream cursor: how far a reader has got in each group it follows. Opaque to clients; its text is
 * `<epoch>-<group>:<version>.<sequence>[,<group>:<version>.<sequence>…]`, where `epoch` names the
 * incarnation of the log and `sequence` is the place of that version's commit in it.
 */

/** A place in one group's log. */
export interface Position {
  /** The group's version after the commit. */
  readonly version: number;
  /** Sequence of the commit's message in its stream; 0 before the first. */
  readonly sequence: number;
}

export interface Cursor {
  readonly epoch: string;
  readonly positions: ReadonlyMap<string, Position>;
}

const EPOCH = /^[a-z0-9]{1,16}$/;
const ENTRY = /^([A-Za-z0-9_-]{1,64}):(\d{1,15})\.(\d{1,15})$/;

/** Writes `cursor` as text. */
export function formatCursor(cursor: Cursor): string {
  const entries = [...cursor.positions].map(([group, at]) =>
    `${group}:${at.version}.${at.sequence}`
  );
  return `${cursor.epoch}-${entries.join(",")}`;
}

/** Reads a cursor's text; `undefined` when it is not one. */
export function parseCursor(text: string): Cursor | undefined {
  const dash = text.indexOf("-");
  const epoch = text.slice(0, dash);
  if (dash < 0 || !EPOCH.test(epoch)) return undefined;
  const positions = new Map<string, Position>();
  for (const entry of text.slice(dash + 1).split(",")) {
    const match = ENTRY.exec(entry);
    if (!match?.[1]) return undefined;
    positions.set(match[1], { version: Number(match[2]), sequence: Number(match[3]) });
  }
  return { epoch, positions };
}

/**
 * Entity tags (RFC 9110, section 8.8.3) of groups, todos and lists: the version, which `If-Match` is about;
 * how often a name has changed that may be shown, because names are no part of the version; of lists that
 * were chosen, ordered or looked up in the past, which list it is; and of what not every member is told alike,
 * for whom it is: a browser in which one user follows another asks with the tag of the other. Pure.
 */
import { createHash } from "node:crypto";
import type { Role } from "../../actors/protocol/mod.ts";
import type { GroupView } from "./consistency.ts";

/** What a read of a group tells that is to have a tag. */
export interface TaggedView extends GroupView {
  /** How often the name of somebody who is or was a member has changed. */
  readonly nameChanges: number;
}

/** The tag of the plain list of what is in the group, which is the same for all members. */
export function groupTag({ version, nameChanges }: TaggedView): string {
  return tag("g", version, nameChanges);
}

/** The tag of a todo at `version` in a group whose names have changed so often. */
export function todoTag(version: number, { nameChanges }: TaggedView): string {
  return tag("v", version, nameChanges);
}

/** The tag of a list that is of no one version: it names what the list tells. */
export function listTag(told: string): string {
  return `"l${digestOf(told)}"`;
}

/** The tag of what the group tells those of its members who have `role`, or only the one with the id `only`. */
export function readerTag(view: TaggedView, role: Role, only?: string): string {
  return choiceTag(view, only === undefined ? role : `${role}-${digestOf(only)}`);
}

/** The tag of what `fingerprint` names in the group. */
export function choiceTag({ version, nameChanges }: TaggedView, fingerprint: string): string {
  return tag("g", version, nameChanges, `~${fingerprint}`);
}

/** What of the past a tag is of. */
export interface PastThing {
  /** A list (`g`) or a todo (`v`). */
  readonly kind: "g" | "v";
  /** Names what was asked for, the moment included. */
  readonly fingerprint: string;
}

/** The tag of `thing`, found at `version`; what may still change before that moment has another one. */
export function pastTag(
  { kind, fingerprint }: PastThing,
  { version, nameChanges, isFinal }: {
    readonly version: number;
    readonly nameChanges: number;
    readonly isFinal: boolean;
  },
): string {
  return tag(kind, version, nameChanges, `~${fingerprint}${isFinal ? "" : "-open"}`);
}

/** The tag among those of the field `If-None-Match` that is of `thing` as it is for ever, if there is one. */
export function finalTag(
  field: string | undefined,
  thing: PastThing,
  nameChanges: number,
): string | undefined {
  return field?.split(",").map((each) => each.trim().replace(/^W\//, "")).find((given) => {
    const version = Number(/^"[gv](\d{1,15})[.~]/.exec(given)?.[1]);
    return given === pastTag(thing, { version, nameChanges, isFinal: true });
  });
}

function tag(kind: "g" | "v", version: number, nameChanges: number, list = ""): string {
  const names = nameChanges === 0 ? "" : `.${nameChanges}`;
  return `"${kind}${version}${names}${list}"`;
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

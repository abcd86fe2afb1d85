/**
 * Entity tags (RFC 9110, section 8.8.3) of groups and todos: the version, which `If-Match` is about, and with
 * it how often a name has changed that may be shown, because names are no part of the version. Pure.
 */
import { createHash } from "node:crypto";
import type { GroupView } from "./consistency.ts";

/** What a read of a group tells that is to have a tag. */
export interface TaggedView extends GroupView {
  /** How often the name of somebody who is or was a member has changed. */
  readonly nameChanges: number;
}

/** The tag of the group and of lists of what is in it. */
export function groupTag({ version, nameChanges }: TaggedView): string {
  return tag("g", version, nameChanges);
}

/** The tag of a todo at `version` in a group whose names have changed so often. */
export function todoTag(version: number, { nameChanges }: TaggedView): string {
  return tag("v", version, nameChanges);
}

/** The tag of a list that is of no one version: it names what the list tells. */
export function listTag(told: string): string {
  return `"l${createHash("sha256").update(told).digest("base64url").slice(0, 22)}"`;
}

function tag(kind: "g" | "v", version: number, nameChanges: number): string {
  return nameChanges === 0 ? `"${kind}${version}"` : `"${kind}${version}.${nameChanges}"`;
}

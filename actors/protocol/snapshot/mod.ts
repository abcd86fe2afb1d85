/**
 * Snapshots of actors as they lie beside the log, and which of them may be used: the same rules for whoever
 * starts from one. Server side only (uses node:zlib).
 */
export { type Fault, unusable, UnusableSnapshotError } from "./fault.ts";
export { gzip } from "./gzip.ts";
export { MILESTONE_EVERY, milestoneOf } from "./milestone.ts";
export {
  fieldsOf,
  incarnationOf,
  parseSnapshot,
  type SnapshotHead,
  type StoredSnapshot,
} from "./stored.ts";
export { type CommitPlaces, restore, type SavedActor, schemaOf } from "./restore.ts";

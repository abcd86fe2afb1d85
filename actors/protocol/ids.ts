/**
 * Identifiers. Ids that the platform makes are UUIDv7 (RFC 9562, section 5.7), so that they sort by
 * time; ids from clients are restricted to characters that are safe inside a NATS subject token.
 */
import * as v from "valibot";
import { v7 } from "uuid";

export { deriveId, uuidTimeMs } from "./uuid_v7.ts";

/** Makes a new UUIDv7 of the current time. */
export function newId(): string {
  return v7();
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether `value` is a UUIDv7 in lower-case text form. */
export function isUuidV7(value: string): boolean {
  return UUID_V7.test(value);
}

/** Id of a group, todo, user or part of a todo: 1–64 letters, digits, `_` or `-`. */
export const EntityId: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, _ or -"),
);

/** Id that must carry its time: commands and groups made by clients. */
export const UuidV7: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.check(isUuidV7, "must be a UUIDv7 in lower-case text form"),
);

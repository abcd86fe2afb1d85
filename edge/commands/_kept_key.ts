/**
 * What is kept of an idempotency key: the id of the command that it stands for, and which group that is for,
 * in 24 bytes, since there are many of them. Knows nothing of where they are kept.
 */
import * as v from "valibot";
import { newId } from "../../actors/protocol/mod.ts";
import { hashOf } from "../../actors/protocol/routing/mod.ts";

const ID_BYTES = 16;
const GROUP_BYTES = 8;
const LENGTH = ID_BYTES + GROUP_BYTES;

/** What is kept of a key. */
export interface KeptKey {
  readonly commandId: string;
  /** Of the group's id. */
  readonly groupHash: string;
}

/** Entries of earlier versions, of which the last expire a day after an upgrade. */
const Text = v.object({ command_id: v.string(), group_id: v.string() });

/** A key that stands for a new command: for `group`, or to make one of the command's own id. */
export function newKey(group: string | undefined): KeptKey {
  const commandId = newId();
  return { commandId, groupHash: hashOfGroup(group ?? commandId) };
}

/** Whether the command is for `group`, or was to make one where there is none. */
export function isFor({ commandId, groupHash }: KeptKey, group: string | undefined): boolean {
  return groupHash === hashOfGroup(group ?? commandId);
}

/** `key` as it is kept. */
export function encodeKey({ commandId, groupHash }: KeptKey): Uint8Array {
  return Uint8Array.fromHex(commandId.replaceAll("-", "") + groupHash);
}

/** What {@link encodeKey} made. @throws {Error} when it did not */
export function decodeKey(data: Uint8Array): KeptKey {
  if (data.length !== LENGTH) {
    const { command_id, group_id } = v.parse(Text, JSON.parse(new TextDecoder().decode(data)));
    return { commandId: command_id, groupHash: hashOfGroup(group_id) };
  }
  const hex = data.toHex();
  const id = hex.slice(0, 2 * ID_BYTES);
  const commandId = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { commandId, groupHash: hex.slice(2 * ID_BYTES) };
}

function hashOfGroup(group: string): string {
  return hashOf(group).slice(0, 2 * GROUP_BYTES);
}

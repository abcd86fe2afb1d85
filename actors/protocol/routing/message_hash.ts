/** The hash by which a message of the log names the one before it, in the header `PREVIOUS_HASH`. */
import { createHash } from "node:crypto";

/** SHA-256 of stored bytes, or of the UTF-8 of a text, in hexadecimal: the link of the log's hash chain. */
export function hashOf(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

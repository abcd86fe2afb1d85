/**
 * An exported log as text: one line of JSON for its head, one for each stored message, one for its end. Each line
 * ends with a seal, the SHA-256 over the seal before it and the line up to its own, so that no byte of the
 * file changes unseen; `verify_export.mjs` checks it all without this code. Pure but for the hashing.
 */
import type { StoredMessage } from "../../actors/platform/mod.ts";
import { hashOf, headers } from "../../actors/protocol/routing/mod.ts";

/** Of the file's form; another one means another verifier. */
const FORMAT = "todo-1m-log/1";

/** What the first line tells. */
export interface ExportHead {
  readonly groupId: string;
  readonly stream: string;
  /** RFC 3339 UTC. */
  readonly exportedAt: string;
}

/** Writes the lines of one export, in order. */
export class ExportWriter {
  #seal = "";
  #messages = 0;
  #hash = "";

  head({ groupId, stream, exportedAt }: ExportHead): string {
    return this.#line({ format: FORMAT, group_id: groupId, stream, exported_at: exportedAt });
  }

  message({ sequence, data, headers: stored }: StoredMessage): string {
    this.#messages++;
    this.#hash = hashOf(data);
    return this.#line({
      sequence,
      commit: stored?.get(headers.COMMIT_ID) ?? "",
      mailbox_sequence: stored?.get(headers.MAILBOX_SEQUENCE) ?? "",
      code_version: stored?.get(headers.CODE_VERSION) ?? "",
      prevhash: stored?.get(headers.PREVIOUS_HASH) ?? "",
      hash: this.#hash,
      ...payloadOf(data),
    });
  }

  /** Without it the file is not whole. */
  end(): string {
    return this.#line({ end: true, messages: this.#messages, head: this.#hash });
  }

  #line(fields: object): string {
    const body = JSON.stringify(fields).slice(0, -1);
    this.#seal = hashOf(this.#seal + body);
    return `${body},"seal":"${this.#seal}"}\n`;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes so that they can be had back exactly: as text if they are text. */
function payloadOf(data: Uint8Array): object {
  try {
    return { payload: decoder.decode(data) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { payload_base64: Uint8Array.from(data).toBase64() };
  }
}

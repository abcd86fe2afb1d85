/** Logs of a group for tests, as they would be stored: with headers that link each message to the one before. */
import { headers as newHeaders } from "@nats-io/nats-core";
import type { StoredMessage } from "../../actors/platform/mod.ts";
import { hashOf, headers } from "../../actors/protocol/routing/mod.ts";
import { ExportWriter } from "./export_format.ts";

export const GROUP = "garden";

/** One event of version `version`; only what checks look at, and a title that is no plain text. */
function event(version: number, title: string): object {
  return {
    type: "com.todo1m.todo.created",
    sequence: String(version).padStart(10, "0"),
    partitionkey: GROUP,
    data: { todo: { title } },
  };
}

/** Links `payloads` into a log whose sequences are not dense, as those of a group are not. */
export function linked(payloads: readonly Uint8Array[]): StoredMessage[] {
  let hash = "";
  return payloads.map((data, i) => {
    const stored = newHeaders();
    stored.set(headers.COMMIT_ID, `commit-${i}`);
    stored.set(headers.MAILBOX_SEQUENCE, `${i + 1}`);
    stored.set(headers.CODE_VERSION, "1");
    if (hash !== "") stored.set(headers.PREVIOUS_HASH, hash);
    hash = hashOf(data);
    return { sequence: 3 * i + 2, data, headers: stored };
  });
}

/** The stored bytes of commits with so many events each, whose todos have `title`. */
export function commits(sizes: readonly number[], title = 'Milk "\\\n é💧'): Uint8Array[] {
  let version = 0;
  return sizes.map((size) =>
    new TextEncoder().encode(
      JSON.stringify(Array.from({ length: size }, () => event(++version, title))),
    )
  );
}

/** The text of an export of `messages`. */
export function exported(messages: readonly StoredMessage[]): string {
  const writer = new ExportWriter();
  const exportedAt = "2027-01-01T00:00:00.000Z";
  const head = writer.head({ groupId: GROUP, stream: "EV-0", exportedAt });
  return head + messages.map((message) => writer.message(message)).join("") + writer.end();
}

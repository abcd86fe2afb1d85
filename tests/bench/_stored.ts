/** How much the stores of a stack hold, and how much each command added. */
import { jetstreamManager } from "@nats-io/jetstream";
import * as v from "valibot";
import { connectNats, connectPostgres, streamName } from "../../actors/platform/mod.ts";
import type { Stores } from "./_target.ts";

/** Bytes, and what is counted to make averages of them. */
interface Sizes {
  readonly log: number;
  /** Bytes and messages: it is purged all the time, so only their quotient says something. */
  readonly mailbox: { readonly bytes: number; readonly messages: number };
  readonly database: number;
  readonly wal: number;
}

/** Bytes that one command added. */
export interface Growth {
  readonly log: number;
  readonly mailbox: number;
  readonly database: number;
  readonly wal: number;
}

const Row = v.object({
  database: v.pipe(v.string(), v.toNumber()),
  wal: v.pipe(v.string(), v.toNumber()),
});

/** Looks at the streams of the first shard and at the database. */
export async function storedSizes({ natsUrl, databaseUrl }: Stores): Promise<Sizes> {
  const connection = await connectNats({ url: natsUrl, name: "bench" });
  const sql = connectPostgres(databaseUrl, { name: "bench", max: 1 });
  try {
    const manager = await jetstreamManager(connection);
    const state = async (kind: "EV" | "CMD") =>
      (await manager.streams.info(streamName(kind, 0))).state;
    const [log, mailbox] = [await state("EV"), await state("CMD")];
    const [row] = await sql`select pg_database_size(current_database())::text as database,
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as wal`;
    return {
      log: log.bytes,
      mailbox: { bytes: mailbox.bytes, messages: mailbox.messages },
      ...v.parse(Row, row),
    };
  } finally {
    await sql.end();
    await connection.close();
  }
}

/** What each of `commands` commands added between two looks. */
export function growthOf(before: Sizes, after: Sizes, commands: number): Growth {
  return {
    log: (after.log - before.log) / commands,
    mailbox: after.mailbox.bytes / Math.max(1, after.mailbox.messages),
    database: (after.database - before.database) / commands,
    wal: (after.wal - before.wal) / commands,
  };
}

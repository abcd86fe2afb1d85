/**
 * How far groups are projected and who is in them, asked for by many requests at once: one statement for all
 * that come in the same turn of the event loop.
 */
import DataLoader from "dataloader";
import { setImmediate } from "node:timers";
import type { Sql } from "../../actors/platform/mod.ts";
import type { GroupView } from "./consistency.ts";

/** Whose standing in which group. */
export interface Standing {
  readonly groupId: string;
  readonly userId: string;
}

const MAX_BATCH = 500;

/** Looks up standings, none of them from memory. */
export function standingsLoader(sql: Sql): (standing: Standing) => Promise<GroupView> {
  const loader = new DataLoader<Standing, GroupView>(
    async (wanted) => {
      const rows = await sql<{ version: string | null; is_member: boolean }[]>`
        select offsets.version, member.user_id is not null as is_member
        from unnest(${wanted.map(({ groupId }) => groupId)}::text[],
                    ${wanted.map(({ userId }) => userId)}::text[])
          with ordinality wanted (group_id, user_id, place)
        left join group_projection_offsets offsets on offsets.group_id = wanted.group_id
        left join (group_members member
                   join groups on groups.id = member.group_id and groups.deleted_at is null)
          on member.group_id = wanted.group_id and member.user_id = wanted.user_id
        order by wanted.place`;
      return rows.map(({ version, is_member }) => ({
        version: Number(version ?? 0),
        isMember: is_member,
      }));
    },
    {
      cache: false,
      maxBatchSize: MAX_BATCH,
      batchScheduleFn: (load) => void setImmediate(load),
    },
  );
  return (standing) => loader.load(standing);
}

/**
 * How far groups are projected and who is in them, asked for by many requests at once: one statement for all
 * that come in the same turn of the event loop.
 */
import DataLoader from "dataloader";
import { setImmediate } from "node:timers";
import type { Sql } from "../../actors/platform/mod.ts";
import type { Role } from "../../actors/protocol/mod.ts";
import type { TaggedView } from "./entity_tags.ts";

/** Whose standing in which group. */
export interface Standing {
  readonly groupId: string;
  readonly userId: string;
}

const MAX_BATCH = 500;

/** What is known of a standing; without a role the user is no member. */
export interface StandingView extends TaggedView {
  readonly role: Role | undefined;
}

/** Looks up standings, none of them from memory. */
export function standingsLoader(sql: Sql): (standing: Standing) => Promise<StandingView> {
  const loader = new DataLoader<Standing, StandingView>(
    async (wanted) => {
      interface Row {
        readonly version: string | null;
        readonly role: Role | null;
        readonly name_changes: string | null;
      }
      const rows = await sql<Row[]>`
        select offsets.version, member.role, names.changes as name_changes
        from unnest(${wanted.map(({ groupId }) => groupId)}::text[],
                    ${wanted.map(({ userId }) => userId)}::text[])
          with ordinality wanted (group_id, user_id, place)
        left join group_projection_offsets offsets on offsets.group_id = wanted.group_id
        left join group_names names on names.group_id = wanted.group_id
        left join (group_members member
                   join groups on groups.id = member.group_id and groups.deleted_at is null)
          on member.group_id = wanted.group_id and member.user_id = wanted.user_id
        order by wanted.place`;
      return rows.map(({ version, role, name_changes }) => ({
        version: Number(version ?? 0),
        isMember: role !== null,
        role: role ?? undefined,
        nameChanges: Number(name_changes ?? 0),
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

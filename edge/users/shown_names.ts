/** Tells readers that the name of an account is shown differently from now on, in Postgres. */
import type { Store } from "../auth/mod.ts";

/**
 * Counts a change of the name of `userId` in every group that may show it: those the user is in, and those the
 * user was in, whose todos and comments remain. In the order of their ids, so that two changes at once do
 * not wait for each other.
 */
export async function noteNameChange(transaction: Store, userId: string): Promise<void> {
  await transaction`
    insert into group_names (group_id, changes)
    select group_id, 1 from (
      select group_id from group_members where user_id = ${userId}
      union
      select group_id from todo_events
      where event_type = 'member.removed' and data ->> 'user_id' = ${userId}
    ) shown order by group_id
    on conflict (group_id) do update set changes = group_names.changes + 1`;
}

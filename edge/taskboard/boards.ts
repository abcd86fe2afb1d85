/**
 * Boards are groups under numbers: each user has numbers of their own, from 1 on, for the groups they are in.
 * A number that nobody has used yet becomes a new group when something is put on it.
 */
import type { Sql } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";

/** Whose boards, and what to do before the user's groups are looked at: they may have changed just now. */
export interface BoardOwner {
  readonly userId: string;
  readonly catchUp: () => Promise<void>;
}

/** The group that is board `boardId` of the user; `undefined` when none is. */
export async function findBoard(
  sql: Sql,
  owner: BoardOwner,
  boardId: number,
): Promise<string | undefined> {
  const known = await groupOf(sql, owner.userId, boardId);
  if (known !== undefined) return known;
  await numberGroups(sql, owner);
  return await groupOf(sql, owner.userId, boardId);
}

/** The group that is, or from now on is to be, board `boardId` of the user: it may have to be created. */
export async function claimBoard(sql: Sql, owner: BoardOwner, boardId: number): Promise<string> {
  const known = await findBoard(sql, owner, boardId);
  if (known !== undefined) return known;
  const [claimed] = await sql<{ group_id: string }[]>`
    insert into taskboard_boards (user_id, board_id, group_id)
    values (${owner.userId}, ${boardId}, ${newId()})
    on conflict (user_id, board_id) do update set group_id = taskboard_boards.group_id
    returning group_id`;
  if (!claimed) throw new Error(`Cannot claim board ${boardId}`);
  return claimed.group_id;
}

/** Gives the number of a group that is `gone` to a group that is to be created; the first to do so decides. */
export async function replaceBoard(
  sql: Sql,
  { userId, boardId, gone }: {
    readonly userId: string;
    readonly boardId: number;
    readonly gone: string;
  },
): Promise<string> {
  await sql`
    update taskboard_boards set group_id = ${newId()}
    where user_id = ${userId} and board_id = ${boardId} and group_id = ${gone}`;
  const groupId = await groupOf(sql, userId, boardId);
  if (groupId === undefined) throw new Error(`Board ${boardId} has gone`);
  return groupId;
}

/** The number of a group the user is in. */
export async function boardNumber(
  sql: Sql,
  owner: BoardOwner,
  groupId: string,
): Promise<number | undefined> {
  const find = async () => {
    const [row] = await sql<{ board_id: string }[]>`
      select board_id from taskboard_boards where user_id = ${owner.userId} and group_id = ${groupId}`;
    return row && Number(row.board_id);
  };
  const known = await find();
  if (known !== undefined) return known;
  await numberGroups(sql, owner);
  return await find();
}

async function groupOf(sql: Sql, userId: string, boardId: number): Promise<string | undefined> {
  const [row] = await sql<{ group_id: string }[]>`
    select group_id from taskboard_boards where user_id = ${userId} and board_id = ${boardId}`;
  return row?.group_id;
}

/**
 * Gives numbers to the groups of the user that have none, in the order in which they joined them: the lowest
 * that are free, so that a board with a high number leaves room for those after it.
 */
async function numberGroups(sql: Sql, { userId, catchUp }: BoardOwner): Promise<void> {
  await catchUp();
  await sql`
    with known as (
      select board_id, group_id from taskboard_boards where user_id = ${userId}
    ), waiting as (
      select group_id, row_number() over (order by added_at, group_id) as place
      from group_members
      where user_id = ${userId} and group_id not in (select group_id from known)
    ), free as (
      select number, row_number() over (order by number) as place
      from generate_series(1, (select count(*) from known) + (select count(*) from waiting)) number
      where number not in (select board_id from known)
    )
    insert into taskboard_boards (user_id, board_id, group_id)
    select ${userId}, free.number, waiting.group_id from waiting join free using (place)
    on conflict do nothing`;
}

/**
 * Names of people. Events carry ids only, so the members of the connected group are asked for when a
 * stranger's id turns up, and asked for again while the read model does not know them yet.
 */
import { signal } from "@preact/signals";
import { SYSTEM_ACTOR } from "../../actors/protocol/plain/mod.ts";
import { ApiError, callAs, type Member, NetworkError, tokens } from "../session/mod.ts";
import { NameSearch } from "./name_search.ts";

/** Usernames by user id, of everyone this page has met; the platform goes by its own name. */
export const names = signal<ReadonlyMap<string, string>>(new Map([[SYSTEM_ACTOR, "Todo-1M"]]));

const search = new NameSearch({
  isKnown: (userId) => names.peek().has(userId),
  ask: async (groupId) => learn(await membersOf(groupId)),
  pause: (ms) => new Promise((done) => setTimeout(done, ms)),
});

/** Remembers a name that is already at hand. */
export function learn(members: readonly Pick<Member, "user_id" | "username">[]): void {
  const fresh = members.filter(({ user_id, username }) => names.peek().get(user_id) !== username);
  if (fresh.length === 0) return;
  names.value = new Map([
    ...names.peek(),
    ...fresh.map(({ user_id, username }) => [user_id, username] as const),
  ]);
}

/** Makes sure that the names of `userIds`, members of `groupId`, are known soon. */
export async function resolve(groupId: string, userIds: readonly string[]): Promise<void> {
  try {
    await search.find(groupId, userIds);
  } catch (error) {
    // Names are a comfort: without them the page says "someone", and the next event asks again.
    if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
  }
}

/** The members of a group as the read model knows them. */
export async function membersOf(groupId: string): Promise<readonly Member[]> {
  const group = await callAs(tokens, `/api/v1/groups/${encodeURIComponent(groupId)}`) as {
    members: readonly Member[];
  };
  return group.members;
}

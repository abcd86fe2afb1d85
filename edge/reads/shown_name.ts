/** Which name an answer shows for a user who may have none any more. Pure. */
import { SYSTEM_ACTOR } from "../../actors/protocol/mod.ts";

/** Stands in the place of the name of a deleted account; no account can have it. */
export const DELETED_USER = "(deleted)";

/** The `name` of the user with `userId`, where the account is there; "" for what timers have done. */
export function shownName(userId: string, name: string | null | undefined): string {
  return name ?? (userId === SYSTEM_ACTOR ? "" : DELETED_USER);
}

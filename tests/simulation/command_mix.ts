/**
 * What people of a simulated group want: todos made, changed and taken back, members coming and going,
 * batches, stale expectations, and things that the rules refuse now and would allow a moment later.
 */
import type { CommandBody, Reminder, SingleCommandBody } from "../../actors/protocol/mod.ts";
import type { Random } from "./random.ts";

/** Who acts in the groups; the first founds them all. */
export const USERS = ["ana", "ben", "cleo"] as const;

/** Todos that people speak of, whether or not they exist. */
const TODOS = ["milk", "bread", "soap", "rent", "bike"] as const;
const COMMENTS = ["c1", "c2"] as const;

/** What somebody wants at `nowMs`, given the command ids that were sent to the group before. */
export function wanted(
  random: Random,
  { sent, nowMs }: { readonly sent: readonly string[]; readonly nowMs: number },
): CommandBody {
  if (sent.length > 0 && random.chance(0.15)) {
    const payload = { command_id: random.pick(sent) };
    return { type: random.chance(0.6) ? "undo" : "redo", payload };
  }
  if (random.chance(0.12)) {
    const commands = Array.from({ length: 1 + random.int(4) }, () => single(random, nowMs));
    return { type: "batch", payload: { commands } };
  }
  return single(random, nowMs);
}

function single(random: Random, nowMs: number): SingleCommandBody {
  const todo_id = random.pick(TODOS);
  const target = { todo_id };
  const title = `${todo_id} ${random.int(100)}`;
  switch (random.int(15)) {
    case 0:
    case 1:
      return { type: "todo.create", payload: { todo_id, title } };
    case 2:
      return {
        type: "todo.create",
        payload: { todo_id, title, reminders: reminders(random, nowMs) },
      };
    case 3:
      return { type: "todo.create", payload: { title } };
    case 4:
      return { type: "todo.update", payload: { todo_id, title } };
    case 5:
      return { type: "todo.update", payload: { todo_id, reminders: reminders(random, nowMs) } };
    case 6:
      return { type: "todo.complete", payload: target };
    case 7:
      return { type: "todo.reopen", payload: target };
    case 8:
      return { type: "todo.delete", payload: target };
    case 9:
      return { type: "todo.restore", payload: target };
    case 10: {
      const comment = { todo_id, comment_id: random.pick(COMMENTS), text: title };
      return { type: random.chance(0.6) ? "comment.add" : "comment.edit", payload: comment };
    }
    case 11:
      return { type: "comment.delete", payload: { todo_id, comment_id: random.pick(COMMENTS) } };
    case 12:
      return { type: "group.rename", payload: { name: title } };
    case 13:
      return random.chance(0.9)
        ? { type: "member.add", payload: { user_id: random.pick(USERS), role: "member" } }
        : { type: random.chance(0.3) ? "group.delete" : "group.restore", payload: {} };
    default:
      return { type: "member.remove", payload: { user_id: random.pick(USERS) } };
  }
}

/** Reminders that come due during the run, soon after it, or have been due before. */
function reminders(random: Random, nowMs: number): Reminder[] {
  return ["r1", "r2"].slice(random.int(2)).map((id) => ({
    id,
    at: new Date(Math.floor(nowMs + random.between(-1_000, 12_000))).toISOString(),
  }));
}

/**
 * Events as sentences for people. Pure: names are put in where a sentence is shown, because events
 * carry ids only.
 */
import type { GroupEvent } from "../../actors/protocol/plain/mod.ts";
import { findTodo, type GroupState } from "../../actors/group/fold/mod.ts";

/** A piece of a sentence: words, something quoted, or a person to be named. */
export type Phrase = string | { readonly quote: string } | { readonly user: string };

export interface FeedItem {
  readonly id: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly actor: string;
  /** What the actor did, without the actor. */
  readonly phrases: readonly Phrase[];
}

/** The feed line of `event`; `state` is the group after it. */
export function feedItem(event: GroupEvent, state: GroupState): FeedItem {
  const undone = "undoes" in event.data || "redoes" in event.data;
  const phrases = describe(event, state);
  return {
    id: event.id,
    at: event.time,
    actor: event.authid,
    phrases: undone ? [...phrases, " (undo)"] : phrases,
  };
}

function describe(event: GroupEvent, state: GroupState): Phrase[] {
  const title = (todoId: string): Phrase => {
    const todo = findTodo(state, todoId);
    return todo ? { quote: todo.title } : "a todo";
  };
  switch (event.type) {
    case "com.todo1m.group.created":
      return ["created the group ", { quote: event.data.name }];
    case "com.todo1m.group.updated": {
      const { name } = event.data.changes;
      return name?.to === undefined
        ? ["changed the group’s settings"]
        : ["renamed the group to ", { quote: name.to }];
    }
    case "com.todo1m.group.deleted":
      return ["deleted the group"];
    case "com.todo1m.group.restored":
      return ["restored the group"];
    case "com.todo1m.member.added":
      return event.data.user_id === event.authid
        ? ["joined as ", event.data.role]
        : ["added ", { user: event.data.user_id }, ` as ${event.data.role}`];
    case "com.todo1m.member.role_changed":
      return ["made ", { user: event.data.user_id }, ` ${article(event.data.to)}`];
    case "com.todo1m.member.removed":
      return event.data.user_id === event.authid
        ? ["left the group"]
        : ["removed ", { user: event.data.user_id }];
    case "com.todo1m.todo.created":
      return ["added ", { quote: event.data.todo.title }];
    case "com.todo1m.todo.updated": {
      const { title: change } = event.data.changes;
      return change?.to === undefined
        ? ["changed ", title(event.data.todo_id)]
        : ["renamed ", { quote: change.from ?? "" }, " to ", { quote: change.to }];
    }
    case "com.todo1m.todo.completed":
      return ["completed ", title(event.data.todo_id)];
    case "com.todo1m.todo.reopened":
      return ["reopened ", title(event.data.todo_id)];
    case "com.todo1m.todo.moved":
      return ["moved ", title(event.data.todo_id)];
    case "com.todo1m.todo.deleted":
      return ["deleted ", { quote: event.data.todo.title }];
    case "com.todo1m.todo.restored":
      return ["restored ", { quote: event.data.todo.title }];
    case "com.todo1m.reminder.fired":
      return ["reminded of ", title(event.data.todo_id)];
    case "com.todo1m.comment.added":
      return ["commented on ", title(event.data.todo_id)];
    case "com.todo1m.comment.edited":
      return ["edited a comment on ", title(event.data.todo_id)];
    case "com.todo1m.comment.deleted":
      return ["deleted a comment on ", title(event.data.todo_id)];
    default:
      return unknown(event);
  }
}

/** Events of a newer version of the product are told as what they are, not dropped. */
function unknown(_event: never): Phrase[] {
  return ["changed something"];
}

/** What a reminder among `events` says to whoever looks at the group; `state` is the group after them. */
export function remindersIn(events: readonly GroupEvent[], state: GroupState): string[] {
  return events.flatMap((event) => {
    if (event.type !== "com.todo1m.reminder.fired") return [];
    const todo = findTodo(state, event.data.todo_id);
    return todo ? [`Reminder: “${todo.title}”`] : [];
  });
}

function article(role: string): string {
  return /^[aeiou]/.test(role) ? `an ${role}` : `a ${role}`;
}

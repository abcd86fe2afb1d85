/**
 * Plausible histories: groups whose members make, change, complete, delete, restore and comment todos.
 * Pure: the same choices make the same log.
 */
import type { Comment, GroupEvent, Role, Todo } from "../../protocol/mod.ts";
import { type Group, LogBuilder, newTodo } from "./log.ts";

/**
 * The log that `choices` stand for: each whole number picks a group and something that may happen there.
 *
 * @param choices any non-negative whole numbers
 */
export function logOf(choices: readonly number[], groups = 3): LogBuilder {
  const log = new LogBuilder();
  for (const choice of choices) step(log, `group-${choice % groups}`, Math.floor(choice / groups));
  return log;
}

function step(log: LogBuilder, groupId: string, choice: number): void {
  const group = log.group(groupId);
  if (group.version === 0) return begin(log, groupId);
  const kind = choice % 12;
  const pick = Math.floor(choice / 12);
  const todo = at([...group.todos.values()], pick);
  const deleted = at([...group.deleted.values()], pick);
  switch (kind) {
    case 0:
    case 1: {
      const made = newTodo(log, groupId, { title: `Todo ${pick}`, priority: 2 });
      log.append(groupId, "todo.created", { todo: made });
      group.todos.set(made.id, made);
      return;
    }
    case 2:
    case 3:
    case 4:
      return todo && changeTodo(log, group, { todo, pick });
    case 5:
    case 6:
      return todo && changeComments(log, group, { todo, pick });
    case 7:
      if (!todo) return;
      log.append(groupId, "todo.deleted", { todo });
      group.todos.delete(todo.id);
      group.deleted.set(todo.id, todo);
      return;
    case 8:
      if (!deleted) return;
      group.deleted.delete(deleted.id);
      return restore(log, group, deleted);
    case 9:
      return changeMembers(log, group, pick);
    case 10: {
      const name = { from: "Home", to: `Home ${pick}` };
      log.append(groupId, "group.updated", {
        changes: pick % 2 ? { name } : { labels: { to: [] } },
      });
      return;
    }
    default:
      log.append(groupId, pick % 2 ? "group.deleted" : "group.restored", {});
  }
}

function begin(log: LogBuilder, groupId: string): void {
  const columns = [{ id: "todo", title: "To do" }];
  const created = log.event(groupId, "group.created", { name: "Home", columns });
  const added = log.event(groupId, "member.added", { user_id: "ana", role: "owner" });
  log.commit(groupId, [created, added]);
  log.group(groupId).members.set("ana", { role: "owner", joined_at: added.time });
}

function restore(log: LogBuilder, group: Group, deleted: Todo): void {
  const event = log.event(group.id, "todo.restored", {
    todo: { ...deleted, updated_at: log.now(), version: group.version + 1 },
  });
  log.commit(group.id, [event]);
  if (event.type === "com.todo1m.todo.restored") {
    group.todos.set(deleted.id, event.data.todo);
  }
}

function changeTodo(
  log: LogBuilder,
  group: Group,
  { todo, pick }: { todo: Todo; pick: number },
): void {
  const { priority, ...rest } = todo;
  const variants = [
    { type: "todo.updated", field: "title", from: todo.title, to: `Todo ${pick}, changed` },
    { type: "todo.completed", field: "completed", from: todo.completed, to: true },
    { type: "todo.moved", field: "status", from: todo.status, to: `column-${pick % 3}` },
    {
      type: "todo.updated",
      field: "priority",
      from: priority,
      to: pick % 8 < 4 ? 1 : undefined,
    },
  ] as const;
  const { type, field, from, to } = variants[pick % variants.length] ?? variants[0];
  const event = log.append(group.id, type, {
    todo_id: todo.id,
    changes: { [field]: { ...(from === undefined ? {} : { from }), ...(to ? { to } : {}) } },
  });
  const base = field === "priority" ? rest : todo;
  group.todos.set(todo.id, {
    ...base,
    ...(to === undefined ? {} : { [field]: to }),
    ...touchedBy(event),
  });
}

function changeComments(
  log: LogBuilder,
  group: Group,
  { todo, pick }: { todo: Todo; pick: number },
): void {
  const comments = todo.comments ?? [];
  const comment = at(comments, pick);
  let event: GroupEvent;
  let after: readonly Comment[];
  if (!comment || pick % 3 === 0) {
    const made = { id: log.nextId(), text: "Yes", author: "ana", created_at: log.now() };
    event = log.append(group.id, "comment.added", { todo_id: todo.id, comment: made });
    after = [...comments, made];
  } else if (pick % 3 === 1) {
    const edited = { ...comment, text: `No ${pick}`, edited_at: log.now() };
    event = log.append(group.id, "comment.edited", {
      todo_id: todo.id,
      comment_id: comment.id,
      changes: {
        text: { from: comment.text, to: edited.text },
        edited_at: { to: edited.edited_at },
      },
    });
    after = comments.map((each) => each.id === comment.id ? edited : each);
  } else {
    event = log.append(group.id, "comment.deleted", { todo_id: todo.id, comment });
    after = comments.filter((each) => each.id !== comment.id);
  }
  group.todos.set(todo.id, { ...todo, comments: after, ...touchedBy(event) });
}

function changeMembers(log: LogBuilder, group: Group, pick: number): void {
  const user_id = `user-${pick % 4}`;
  const member = group.members.get(user_id);
  if (!member) {
    const event = log.append(group.id, "member.added", { user_id, role: "member" });
    group.members.set(user_id, { role: "member", joined_at: event.time });
  } else if (pick % 3 === 0) {
    log.append(group.id, "member.removed", { user_id, ...member });
    group.members.delete(user_id);
  } else {
    const to: Role = member.role === "admin" ? "member" : "admin";
    log.append(group.id, "member.role_changed", { user_id, from: member.role, to });
    group.members.set(user_id, { ...member, role: to });
  }
}

function touchedBy(event: GroupEvent): Pick<Todo, "updated_by" | "updated_at" | "version"> {
  return {
    updated_by: event.authid,
    updated_at: event.time,
    version: Number(event.sequence),
  };
}

function at<T>(items: readonly T[], pick: number): T | undefined {
  return items[pick % Math.max(1, items.length)];
}

/** The workspace as an HTML fragment: a user's groups and one group's todos, for clients without scripts. */
import { renderToString } from "preact-render-to-string";

export interface WorkspaceGroup {
  readonly group_id: string;
  readonly group_name: string;
  readonly role: string;
}

export interface WorkspaceTodo {
  readonly todo_id: string;
  readonly title: string;
  readonly completed?: boolean;
  readonly created_by_username?: string;
}

export interface WorkspaceOptions {
  readonly groups: readonly WorkspaceGroup[];
  /** The group whose todos are given. */
  readonly selected?: Pick<WorkspaceGroup, "group_id">;
  readonly todos: readonly WorkspaceTodo[];
}

/** The fragment as HTML text. */
export function renderWorkspace({ groups, selected, todos }: WorkspaceOptions): string {
  const current = groups.find((group) => group.group_id === selected?.group_id);
  return renderToString(
    <div id="workspace">
      <ul id="groups-list" class="groups">
        {groups.map((group) => (
          <li
            key={group.group_id}
            class="group"
            data-group-id={group.group_id}
            data-connected={group === current}
          >
            <span class="group-name">{group.group_name}</span>
            <span class="badge role-chip">{group.role}</span>
          </li>
        ))}
      </ul>
      <ul id="todo-list" class="rows" data-group-id={current?.group_id}>
        {(current ? todos : []).map((todo) => (
          <li
            key={todo.todo_id}
            class="todo"
            data-todo={todo.todo_id}
            data-done={todo.completed === true}
          >
            <span class="todo-title">{todo.title}</span>
            {todo.created_by_username !== undefined && (
              <span class="author">{todo.created_by_username}</span>
            )}
          </li>
        ))}
      </ul>
    </div>,
  );
}

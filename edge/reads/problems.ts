/** What readers are told of what is not there, or not for them. */
export const GROUP_MISSING = "group not found";
export const TODO_MISSING = "todo not found";

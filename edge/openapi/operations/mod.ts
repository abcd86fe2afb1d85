/** Everything that the API's document says of routes. */
import type { Operations } from "../operation.ts";
import { ADMIN } from "./admin.ts";
import { AUDIT } from "./audit.ts";
import { AUTH } from "./auth.ts";
import { COMMANDS } from "./commands.ts";
import { GROUPS } from "./groups.ts";
import { PAGES } from "./pages.ts";
import { STREAMS } from "./streams.ts";
import { TASKBOARD } from "./taskboard.ts";
import { TODOS } from "./todos.ts";

/** All operations by method and path, in the order in which people read them. */
export const OPERATIONS: Operations = {
  ...AUTH,
  ...GROUPS,
  ...TODOS,
  ...AUDIT,
  ...COMMANDS,
  ...STREAMS,
  ...TASKBOARD,
  ...ADMIN,
  ...PAGES,
};

/** Examples of everything that the documents describe, told as one small story of a group. */
export { ANSWER_EXAMPLES, schemaExample } from "./answers.ts";
export { COMMAND_EXAMPLES, type Example } from "./commands.ts";
export { MESSAGE_EXAMPLES } from "./messages.ts";
export { problemExample, problemExampleName } from "./problems.ts";
export {
  AT,
  COMPLETE,
  CREATE,
  CURSOR,
  GROUP,
  IDS,
  PAGE_CURSOR,
  PARTITION,
  REFRESH_TOKEN,
  TEXT_EXAMPLES,
  TICKET,
} from "./values.ts";
export { SOCKET_EXAMPLES } from "./sockets.ts";

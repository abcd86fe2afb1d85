/** What schemas and their fields mean: words of parts of the API that only some readers meet. */
export { ANSWER_WORDS } from "./answers.ts";
export { MESSAGE_WORDS } from "./messages.ts";
export { OPERATOR_WORDS } from "./operators.ts";
export { SOCKET_WORDS } from "./sockets.ts";
export { schemaWords } from "./schemas.ts";

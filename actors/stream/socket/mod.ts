/** WebSockets: the same streams as server-sent events, with commands and presence on the way back. */
export { NatsCommands } from "./commands.ts";
export { Sockets, type SocketsOptions } from "./server.ts";
export { SOCKET_WIRE } from "./wire.ts";

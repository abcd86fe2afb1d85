/**
 * The door of the local stack, for tests: throw-away servers and databases, or the whole stack.
 */
export { runTask } from "./_error.ts";
export { freePort } from "./_ports.ts";
export { removePostgresHome } from "./_postgres_home.ts";
export { groupHostV8Flags, streamerV8Flags } from "./_services.ts";
export { findChromium } from "./chromium.ts";
export { edgeCommand } from "./edge_command.ts";
export { fakeTimeLibrary } from "./fake_time.ts";
export { migrate, type ScratchDatabase, scratchDatabase } from "./migrations.ts";
export { natsServerBinary } from "./nats_binary.ts";
export { type NatsServer, type NatsServerOptions, startNatsServer } from "./nats_server.ts";
export { permissionFlags } from "./permissions.ts";
export { type PostgresOptions, type PostgresServer, startPostgres } from "./postgres_server.ts";
export { type Stack, type StackOptions, startStack } from "./stack.ts";
export { pauseProcess } from "./pause.ts";
export { readState, type StackState } from "./state_file.ts";
export type { ProcessRow } from "./process_spec.ts";

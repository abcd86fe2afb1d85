import type { Command } from "../../../actors/protocol/mod.ts";

/** Some command. */
export const command: Command = {
  command_id: "c1",
  group_id: "g1",
  actor: "ana",
  type: "todo.create",
  payload: { title: "Flowers" },
};

/** What its sender asks for its outcome by. */
export const query = { commandId: "c1", groupId: "g1", userId: "ana" };

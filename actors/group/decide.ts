/** Decides one command against the state of its group. */
import type { Command } from "../protocol/mod.ts";
import type { DecideContext, Decision } from "./_decision.ts";
import type { GroupState } from "./fold/mod.ts";

/** Decides `command`; deterministic and free of side effects. */
export function decide(_state: GroupState, command: Command, _context: DecideContext): Decision {
  return { kind: "rejected", problem: { code: "internal", detail: `Unknown "${command.type}"` } };
}

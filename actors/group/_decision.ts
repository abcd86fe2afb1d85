/** What `decide` of a group is given besides state and command, and what it answers. */
import type * as kind from "../kind/mod.ts";
import type { GroupEvent } from "../protocol/mod.ts";
import type { GroupState } from "./fold/mod.ts";

export type DecideContext = kind.DecideContext<GroupEvent>;
export type Decision = kind.Decision<GroupState, GroupEvent>;

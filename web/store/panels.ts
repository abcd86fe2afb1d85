/** Which parts of the page are open on small screens. */
import { signal } from "@preact/signals";

/** The list of groups, which is always there on wide screens. */
export const drawerOpen = signal(false);
/** The group whose members are being looked at. */
export const membersOpen = signal(false);

/** The group host: the actor runtime of the group aggregate. */
export { Host, type HostOptions } from "./host.ts";

/** The group host: the actor runtime, for groups and whatever other kinds of actors it is given. */
export { Host, type HostOptions } from "./host.ts";

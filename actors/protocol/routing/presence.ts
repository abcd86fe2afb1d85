/** Where streamers tell each other who is present in a group. Core NATS: never stored. */

const SAFE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Each streamer says here, every other second, that it lives. */
export const PRESENCE_ALIVE = "svc.presence.alive";

/** Where each streamer says who is present at it in a group. */
export function presenceSubject(groupId: string): string {
  return `svc.presence.group.${safe(groupId)}`;
}

/** Where is passed on what a user says to do in a group. */
export function presenceSaidSubject(groupId: string): string {
  return `svc.presence.said.${safe(groupId)}`;
}

function safe(id: string): string {
  if (!SAFE_ID.test(id)) throw new RangeError(`Cannot build a subject: "${id}" is not a safe id`);
  return id;
}

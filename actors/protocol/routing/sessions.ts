/**
 * How the end of a session is announced, so that its access tokens and its streams end before they
 * expire: on a core subject that every edge and every streamer hears, never stored.
 */

/** Subject of the ends of all sessions. */
export const SESSION_ENDS = "auth.session.*.revoked";
const SESSION_END = /^auth\.session\.([A-Za-z0-9_-]{1,64})\.revoked$/;

/** What is said on {@link sessionEndSubject}. */
export interface SessionEnd {
  readonly user_id: string;
  readonly session_id: string;
}

/** Subject of the end of one session. */
export function sessionEndSubject(sessionId: string): string {
  const subject = SESSION_ENDS.replace("*", sessionId);
  if (endedSession(subject) !== sessionId) {
    throw new RangeError(`Cannot build a subject: "${sessionId}" is not a safe id`);
  }
  return subject;
}

/** The session whose end is announced on `subject`; `undefined` when that is no such subject. */
export function endedSession(subject: string): string | undefined {
  return SESSION_END.exec(subject)?.[1];
}

/** What fields of stream frames and of messages on NATS mean. */

/** Events of accounts and sessions have these in their envelopes. */
const ACCOUNT_EVENT: Readonly<Record<string, string>> = {
  id: "Id of the event: who gets it twice knows it by that",
  source: "The user as a path",
  subject: "What the event is about: the user, or a session",
  time: "When it happened",
  type: "Kind of event",
  data: "Whom it is about, and more where the kind needs it",
};

export const MESSAGE_WORDS: Readonly<Record<string, string>> = {
  "Snapshot.id": "Id of the group",
  "Snapshot.name": "Name of the group",
  "Snapshot.version": "Version of the group; the next commit begins with the one after",
  "Snapshot.todos": "All todos of the group that are not deleted",
  "Reset.reason":
    "unreadable-cursor: it is none; other-epoch: of another log; unknown-position: a place that the log " +
    "does not have; membership: of before the reader was a member; too-far-behind: a snapshot is cheaper; " +
    "log-changed: the log was replaced",
  "Revoked.reason": "Whether the reader is no member any more, or the group is deleted",
  "Bye.reason":
    "rotated: it has run its time; draining: the streamer stops; token-expired: the token it was opened " +
    "with; slow-reader: more was sent than read; disconnected: the user, or the end of the session, asked " +
    "for it; revoked: no group is left to follow",
  "Bye.retry":
    "What the reader does next: connect now, after a growing pause, with a new token, or not at all",
  "Bye.cursor": "Where to resume; empty where nothing was sent yet",
  "Bye.retry_ms": "Milliseconds to wait at least before connecting again",
  "MailboxCommand.actor": "Id of the user who sent it; system where a timer did",
  "MailboxCommand.payload.commands": "The commands, done in this order as one change or not at all",
  "MailboxCommand.payload.reminder_id": "Id of the reminder",
  "MailboxCommand.payload.at": "The instant for which the reminder was set",
  "SessionEnd.session_id": "Id of the session that is over",
  "SessionEvent.session_id": "Id of the session",
  "SessionEvent.reason":
    "Why it ended: signed-out, ended-by-user, token-reused, password-changed, account-deleted or expired; " +
    "absent where it began",
  "UserEvent.changed": "Which of username and password are different; present for updates only",
  "TokenToCheck.token": "The access token, without Bearer",
  "TokenCheck.valid": "Whether the token is good now",
  "TokenCheck.session": "Id of the session it belongs to",
  "TokenCheck.expires_at": "When it stops being good, unless its session ends before",
  "TokenCheck.code": "Code of the problem with the token, or why it could not be checked",
  "UserDisconnect.user_id": "Id of the user whose streams end",
  ...Object.fromEntries(
    ["UserEvent", "SessionEvent"].flatMap((name) =>
      Object.entries(ACCOUNT_EVENT).map(([field, text]) => [`${name}.${field}`, text])
    ),
  ),
};

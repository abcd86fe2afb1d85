/**
 * What the platform says to itself: commands that timers put into a group's mailbox. They are no part of
 * what clients may send; `parseCommand` does not know them.
 */

/** Who acts when a timer does; no user has this id. */
export const SYSTEM_ACTOR = "system";

/** A reminder of a todo has come due. */
export interface ReminderFireBody {
  readonly type: "reminder.fire";
  readonly payload: {
    readonly todo_id: string;
    readonly reminder_id: string;
    /** The instant for which the timer was set, RFC 3339 UTC with milliseconds. */
    readonly at: string;
  };
}

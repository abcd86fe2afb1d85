/** What every schema among the components is, in a sentence: by its name, or by what the name is made of. */
import {
  type EventType,
  PAYLOADS,
  type SingleCommandType,
  TYPE_PREFIX,
} from "../../../actors/protocol/mod.ts";
import { SOCKET_SCHEMA_WORDS } from "./sockets.ts";
import { pascalCase } from "../command_schemas.ts";

type CommandType = SingleCommandType | "batch";

/** What commands do and who may send them. */
const COMMANDS: Readonly<Record<CommandType, string>> = {
  "group.create": "Creates a group that the sender owns, with the columns todo, doing and done",
  "group.rename": "Renames the group; for admins and the owner",
  "group.update_columns":
    "Replaces the columns of the board; a column that holds todos must stay. For admins and the owner",
  "group.update_labels": "Replaces the labels of the group; for admins and the owner",
  "group.delete": "Deletes the group, which its owner can restore for 30 days; for the owner",
  "group.restore": "Restores the group within 30 days after its deletion; for the owner",
  "group.transfer": "Makes another member the owner, and the owner an admin; for the owner",
  "member.add": "Adds a member; admins add members, the owner adds admins too",
  "member.change_role": "Makes a member an admin or an admin a member; for the owner",
  "member.remove":
    "Removes a member: oneself, which is leaving; others as an admin, admins as the owner. The owner stays",
  "todo.create":
    "Creates a todo, at the end of the first open column unless told otherwise; for every member",
  "todo.update":
    "Changes the fields that are named, null takes one away; for its creator, admins and the owner",
  "todo.complete":
    "Marks a todo as done, which moves it into the column done where there is one and sets up the next " +
    "one where it recurs; for its creator, admins and the owner",
  "todo.reopen": "Marks a todo as not done; for its creator, admins and the owner",
  "todo.move":
    "Moves a todo to a column, and a place in it; into done completes it. For its creator, admins and the owner",
  "todo.delete": "Deletes a todo, which can be restored; for its creator, admins and the owner",
  "todo.restore": "Restores a deleted todo; for its creator, admins and the owner",
  "comment.add": "Adds a comment to a todo; for every member",
  "comment.edit": "Changes the text of a comment; for its author, admins and the owner",
  "comment.delete": "Deletes a comment; for its author, admins and the owner",
  "undo":
    "Takes back what an earlier command did, unless later changes touched the same; for who may do that by hand",
  "redo": "Does again what was undone; for who may do that by hand",
  "batch": "Does up to 100 commands of one group as one change, or none of them",
};

const EVENTS: Readonly<Record<EventType, string>> = {
  "group.created": "A group was created",
  "group.updated": "Name, columns or labels of the group changed",
  "group.deleted": "The group was deleted",
  "group.restored": "The group was restored",
  "member.added": "A member was added",
  "member.role_changed": "A member has another role",
  "member.removed": "A member was removed, or left",
  "todo.created": "A todo was created",
  "todo.updated": "Fields of a todo changed, its place and completion excepted",
  "todo.completed": "A todo was completed",
  "todo.reopened": "A completed todo was opened again",
  "todo.moved": "A todo was put into another column or place",
  "todo.deleted": "A todo was deleted",
  "todo.restored": "A deleted todo was restored",
  "reminder.fired": "A reminder of a todo came due",
  "comment.added": "A comment was added to a todo",
  "comment.edited": "The text of a comment changed",
  "comment.deleted": "A comment was deleted",
};

const NAMED: Readonly<Record<string, string>> = {
  AcceptedCommand: "A command that is stored, and whose outcome is not known yet",
  AcceptedGroup: "A group whose creation is stored, and whose outcome is not known yet",
  AccountDeletion: "What deleting one's account takes",
  AtomicItem: "A command of an atomic list: its id and expected version are those of the list",
  BatchItem: "A command inside a batch: without ids, which are the batch's",
  Bye: "The last frame of a stream",
  ChecklistItem: "A step of a todo",
  Cluster: "Hosts, owners, lag and streams at one moment",
  Column: "A column of a group's board",
  Command:
    "A command in either dialect: one with a type is native, one without is of Todo-1M's clients",
  CommandList: "Several native commands: each for itself, or with atomic all as one",
  CommandOutcomes: "What became of each command of a list",
  Comment: "A comment on a todo",
  CommentText: "Text of a comment, at most 2,000 characters",
  Commit: "All events of one command, in order: a CloudEvents JSON batch",
  CommittedCommand: "A command that took effect, with its events",
  CookieSession: "A session whose refresh token is in a cookie",
  Credentials: "What signing in takes",
  CspReport: "A report of a browser that a page's content policy blocked something",
  DeadLetter: "A message that could not be processed, whole",
  DeadLetterInList: "A message that could not be processed, without its body",
  DeadLetterList: "A page of dead letters",
  Due: "A day, with a time of it and that time's zone where it has one",
  EntityId: "Id of a group, todo, user or what belongs to them: 1 to 64 letters, digits, _ or -",
  Event: "Something that happened in a group: CloudEvents 1.0 with extensions",
  FiredReminder: "A reminder that has fired; set for another instant it fires again",
  Group: "A group with columns, labels and members",
  GroupList: "The caller's groups",
  GroupName: "One line of at most 100 characters",
  GroupSummary: "A group and the caller's role in it",
  GroupToMake: "The name of a group",
  Instant: "RFC 3339, in UTC with milliseconds where the platform writes it",
  JsonWebKeySet: "Public keys (RFC 7517)",
  Label: "A label that todos of a group can have",
  MailboxCommand: "A command in its group's mailbox, with id and sender",
  MemberRole: "A member and the role from now on",
  MemberToAdd: "Who is to be a member",
  NativeCommand: "A command; what payload holds follows from type",
  NewAccount: "Name and password of an account",
  NewGroup: "A group that was just created",
  NewTask: "A task to create",
  PendingCommand: "A command that is stored and not decided yet",
  Problem: "Why a request was not done (RFC 9457)",
  ProblemType: "What a problem's code means and what to do about it",
  Profile: "The caller's account",
  ProfileChange: "A new name, a new password, or both, and the password until now",
  ProjectionJob: "A job about the whole read model",
  ProjectionJobInList: "A job about the whole read model, without its result",
  ProjectionJobList: "The newest jobs about the read model",
  Readiness: "Whether the process should get requests, and how its dependencies are",
  Recurrence: "When a todo comes again",
  RefreshToken: "The refresh token of a session",
  Reminder: "A reminder, at an instant or some minutes before the todo is due",
  RenamedGroup: "The name that a group has from now on",
  ReplayedMessage: "What became of the message of a dead letter",
  Reports: "Reports of a browser (Reporting API), several or one alone",
  Reset: "What the reader has of the group is void: a snapshot follows",
  Revoked: "The reader gets no more of the group",
  Role: "What a member may do",
  ...SOCKET_SCHEMA_WORDS,
  PresenceReport: "What the caller does in a group",
  Ticket: "What opens one WebSocket, instead of an access token",
  Session: "A session that has just begun or was continued",
  SessionEnd: "A session that is over",
  SessionEvent: "A session began or ended: CloudEvents 1.0",
  SessionList: "The caller's sessions",
  Snapshot: "A group at one version, with everything in it",
  StoredMessage: "The message of a dead letter is stored again",
  Task: "A todo as Taskboard's clients know it; what is empty or false is left out",
  TaskPage: "A page of tasks",
  TaskUpdate: "The fields of a task that are to change",
  Title: "One line of at most 500 characters",
  Todo: "A todo as the log has it",
  Todo1mCommand: "A command of Todo-1M's clients",
  TodoChanges: "Fields of a todo before and after",
  TodoInList: "A todo with the names of its people, without comments",
  AuditEvent: "An event as audits show it, with the name of who caused it",
  AuditPage: "A page of events of a group",
  TodoHistory: "A page of what happened to a todo, and on the first one who last set each field",
  Act: "Who did something, when and by which command",
  FieldBlame: "The last change of a field: who made it, when, from what and to what",
  ChainHead: "Where the chain of a log stands: its last message that was followed",
  ChainFault: "Where the chain of a log breaks, and what is there instead of what was to be",
  Verification: "How far the chain of a group's log was followed, and whether it holds",
  TodoPage: "A page of todos, all of one version of the group",
  TodoWithComments: "A todo with comments, and the names of its people",
  TokenCheck:
    "Whose the token is, or the code of the problem with it; without valid it was not checked: ask again",
  TokenToCheck: "An access token that somebody showed",
  UserDisconnect: "A user whose streams are to end",
  UserEvent: "An account was created, changed or deleted: CloudEvents 1.0",
  UuidV7: "A UUID of version 7 (RFC 9562) in lower case",
  Version: "Number of changes; of a group each event counts one up",
};

const OF_COMMANDS: ReadonlyMap<string, CommandType> = new Map(
  [...Object.keys(PAYLOADS) as SingleCommandType[], "batch" as const].map((type) => [
    pascalCase(type),
    type,
  ]),
);

/** What the component `name` is; `undefined` for one of which nothing is said. */
export function schemaWords(name: string): string | undefined {
  if (Object.hasOwn(NAMED, name)) return NAMED[name];
  if (Object.hasOwn(EVENTS, name)) return `${EVENTS[name as EventType]} (${TYPE_PREFIX}${name})`;
  const [, command = "", part] = /^(.+)(Command|Payload)$/.exec(name) ?? [];
  const type = OF_COMMANDS.get(command);
  if (type === undefined) return undefined;
  return part === "Command" ? COMMANDS[type] : `What ${type} takes`;
}

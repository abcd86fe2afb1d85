/**
 * The API of Taskboard's clients, `/api/tasks`: boards are groups and tasks are todos, under numbers. Every
 * change is a command like any other; who asks is who the token says, whatever `created_by` claims.
 */
import { type CommandBody, ProblemError } from "../../actors/protocol/mod.ts";
import type { Sql } from "../../actors/platform/mod.ts";
import {
  answerCommand,
  checkedBody,
  type CommandSender,
  type SentCommand,
} from "../commands/mod.ts";
import {
  type Caller,
  type EdgeContext,
  malformed,
  type Method,
  notFound,
  onlyFields,
  type RateLimiter,
  readJson,
  type Route,
  type UserRoute,
} from "../http/mod.ts";
import { findTodo } from "../../actors/group/fold/mod.ts";
import { type Consistency, markedLate, type PastReader, readRole } from "../reads/mod.ts";
import { boardNumber, claimBoard, findBoard, replaceBoard } from "./boards.ts";
import { answerTask, createdTodo } from "./committed.ts";
import { findTask, listTasks, numberedTask, readTask } from "./tasks.ts";

const PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;
const FIRST_BOARD = 1;
/** Taskboard's clients hold numbers of boards in 32 bits (protobuf, int32). */
const LAST_BOARD = 2 ** 31 - 1;

export interface TaskboardDeps {
  readonly sender: CommandSender;
  readonly sql: Sql;
  readonly consistency: Consistency;
  readonly past: PastReader;
  /** Per user. */
  readonly quota: RateLimiter;
  readonly readQuota: RateLimiter;
}

/** A task that the caller named, as the rest of the platform knows it. */
interface Place {
  readonly groupId: string;
  readonly todoId: string;
  readonly boardId: number;
}

export function taskboardRoutes(deps: TaskboardDeps): Route[] {
  const { sender, sql, consistency, past, quota, readQuota } = deps;
  const route = (
    method: Method,
    path: string,
    limiter: RateLimiter,
    handle: UserRoute["handle"],
  ): Route => ({ method, path, access: "user", quota: limiter, handle });

  const ownerOf = (caller: Caller) => ({
    userId: caller.userId,
    catchUp: () => consistency.mustCatchUp(caller),
  });

  const detailOf = (caller: Caller, place: Place) =>
    consistency.readGroup(
      () => readTask(sql, { ...place, userId: caller.userId }),
      { caller, groupId: place.groupId },
    );

  /** The task as it is now, what the caller has just done included. */
  const show = async (caller: Caller, place: Place): Promise<Response | undefined> => {
    const { task, isMember } = await detailOf(caller, place);
    return isMember && task ? Response.json(task) : undefined;
  };

  /** The task as it was at a version of its group that the read model holds; a look into the log only if it must be. */
  const showAt = async (
    caller: Caller,
    place: Place,
    version: number,
  ): Promise<Response | undefined> => {
    const { task, isMember, changedAt } = await detailOf(caller, place);
    if (!isMember) return undefined;
    if (task && changedAt <= version) return Response.json(task);
    const { state } = await past.read(place.groupId, { version }).catch(unshown);
    const todo = findTodo(state, place.todoId);
    return todo && Response.json(await numberedTask(sql, place, todo));
  };

  const placeOf = async (context: EdgeContext, caller: Caller): Promise<Place> => {
    const id = numberOf(context.req.param("task_id") ?? "");
    const found = id === undefined ? undefined : await findTask(sql, id);
    if (!found) throw unknownTask(context);
    const boardId = await boardNumber(sql, ownerOf(caller), found.groupId);
    if (boardId === undefined) throw unknownTask(context);
    return { ...found, boardId };
  };

  const isOpen = async (caller: Caller, groupId: string): Promise<boolean> => {
    const { isMember } = await consistency.readGroup(
      () => readRole(sql, { groupId, userId: caller.userId }),
      { caller, groupId },
    );
    return isMember;
  };

  /** Makes the group of a board, and waits for it: `Prefer` is about the task that is put on the board. */
  const open = (
    context: EdgeContext,
    caller: Caller,
    { groupId, boardId }: Omit<Place, "todoId">,
  ) => {
    const body: CommandBody = { type: "group.create", payload: { name: `Board ${boardId}` } };
    const commandId = groupId;
    return sender.send(context, caller, {
      commandId,
      standsAlone: true,
      waits: true,
      body: () => body,
    });
  };

  /**
   * Another group for a board whose group is deleted, or has been left.
   *
   * @throws {ProblemError} why it could not be made
   */
  const openAnew = async (context: EdgeContext, caller: Caller, gone: Omit<Place, "todoId">) => {
    const { boardId } = gone;
    const { userId } = caller;
    const groupId = await replaceBoard(sql, { userId, boardId, gone: gone.groupId });
    const { sent } = await open(context, caller, { groupId, boardId });
    if (sent.kind !== "committed") throw notOpened(sent);
    return groupId;
  };

  /**
   * The group of board `boardId`, which is made if there is none.
   *
   * @throws {ProblemError} why it could not be made
   */
  const groupFor = async (context: EdgeContext, caller: Caller, boardId: number) => {
    const groupId = await claimBoard(sql, ownerOf(caller), boardId);
    if (await isOpen(caller, groupId)) return groupId;
    const { sent } = await open(context, caller, { groupId, boardId });
    if (sent.kind !== "committed" && sent.kind !== "rejected") throw notOpened(sent);
    // It may have been made a moment ago, for another task, or long ago and be deleted since.
    const isThere = sent.kind === "committed" && (!sent.replayed || await isOpen(caller, groupId));
    return isThere ? groupId : await openAnew(context, caller, { groupId, boardId });
  };

  const create = async (context: EdgeContext, caller: Caller) => {
    const fields = onlyFields(await readJson(context.req.raw), [
      "board_id",
      "title",
      "description",
      "created_by",
    ]);
    const boardId = boardOf(fields.board_id);
    const { payload } = checkedBody("todo.create", {
      title: textOf(fields.title, "title"),
      ...(fields.description === undefined || fields.description === ""
        ? {}
        : { description: fields.description }),
    });
    let groupId = await groupFor(context, caller, boardId);
    const send = () =>
      sender.send(context, caller, {
        groupId,
        // The board may get another group between two requests with one key, and within one.
        keyedTo: `board ${boardId}`,
        body: (commandId) => ({
          type: "todo.create",
          payload: { todo_id: commandId, ...payload },
        } as CommandBody),
      });
    let result = await send();
    if (hasNoGroup(result)) {
      // The read model did not know yet that the group was deleted, or that the caller has left it.
      groupId = await openAnew(context, caller, { groupId, boardId });
      result = await send();
    }
    return await answerTask(result, context.env, async (committed) => {
      const task = await numberedTask(sql, { groupId, boardId }, createdTodo(committed));
      return Response.json(task, { status: 201 });
    });
  };

  const list = async (context: EdgeContext, caller: Caller) => {
    const { userId } = caller;
    const boardId = numberIn(context, "board_id", LAST_BOARD) ?? FIRST_BOARD;
    const page = Math.max(1, numberIn(context, "page") ?? 1);
    const pageSize = Math.min(MAX_PAGE_SIZE, numberIn(context, "page_size") || PAGE_SIZE);
    const completed = switchIn(context, "completed");
    let late: readonly string[] = [];
    const catchUp = async () => void (late = await consistency.catchUp(caller));
    const groupId = await findBoard(sql, { userId, catchUp }, boardId);
    const found = groupId === undefined ? undefined : await consistency.readGroup(
      () =>
        listTasks(sql, {
          groupId,
          boardId,
          userId,
          page,
          pageSize,
          ...(completed === undefined ? {} : { completed }),
        }),
      { caller, groupId },
    );
    const answer = Response.json({
      tasks: found?.isMember ? found.tasks : [],
      total_count: found?.isMember ? found.total : 0,
      page,
      page_size: pageSize,
    });
    return markedLate(answer, late);
  };

  const read = async (context: EdgeContext, caller: Caller) => {
    const answer = await show(caller, await placeOf(context, caller));
    if (answer) return answer;
    throw unknownTask(context);
  };

  const update = async (context: EdgeContext, caller: Caller) => {
    const fields = onlyFields(await readJson(context.req.raw), [
      "title",
      "description",
      "completed",
    ]);
    const place = await placeOf(context, caller);
    const { completed } = fields;
    if (completed !== undefined && typeof completed !== "boolean") {
      throw malformed("completed must be true or false", "/completed");
    }
    const title = textOf(fields.title, "title");
    const description = fields.description === "" ? null : fields.description;
    const changes = {
      ...(title === "" ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(completed === undefined ? {} : { completed }),
    };
    const known = (answer: Response | undefined) => {
      if (!answer) throw unknownTask(context);
      return answer;
    };
    const { groupId, todoId } = place;
    if (Object.keys(changes).length === 0) {
      sender.check(context, { type: "todo.update", payload: { todo_id: todoId } });
      return known(await show(caller, place));
    }
    const body = checkedBody("todo.update", { todo_id: todoId, ...changes });
    const result = await sender.send(context, caller, { groupId, body: () => body });
    return await answerTask(
      result,
      context.env,
      async ({ version }) => known(await showAt(caller, place, version)),
    );
  };

  const remove = async (context: EdgeContext, caller: Caller) => {
    const { groupId, todoId } = await placeOf(context, caller);
    const body: CommandBody = { type: "todo.delete", payload: { todo_id: todoId } };
    const result = await sender.send(context, caller, { groupId, body: () => body });
    return answerCommand(result, context.env, () => new Response(null, { status: 204 }));
  };

  return [
    route("POST", "/api/tasks", quota, create),
    route("GET", "/api/tasks", readQuota, list),
    route("GET", "/api/tasks/:task_id", readQuota, read),
    route("PUT", "/api/tasks/:task_id", quota, update),
    route("DELETE", "/api/tasks/:task_id", quota, remove),
  ];
}

/** Whether the group is not there, not any more, or not for this caller. */
function hasNoGroup({ sent }: SentCommand): boolean {
  return sent.kind === "rejected" &&
    (sent.problem.code === "not-found" || sent.problem.code === "gone");
}

/** Why a task cannot be put on a board whose group was to be made: no task is stored. */
function notOpened(sent: SentCommand["sent"]): ProblemError {
  if ("problem" in sent) return new ProblemError(sent.problem);
  return new ProblemError({ code: "unavailable", detail: "The board is not open yet; try again" });
}

function unknownTask(context: EdgeContext): ProblemError {
  return notFound(`Task "${context.req.param("task_id") ?? ""}" does not exist`);
}

/** The board that a body names; without one, the first. */
function boardOf(value: unknown): number {
  if (value === undefined || value === null || value === 0) return FIRST_BOARD;
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= LAST_BOARD) {
    return value;
  }
  throw malformed(`board_id must be a whole number from 1 to ${LAST_BOARD}`, "/board_id");
}

function textOf(value: unknown, name: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value.trim();
  throw malformed(`${name} must be a string`, `/${name}`);
}

/** The query parameter `name` as a whole number of at most `most`; `undefined` when it is not there. */
function numberIn(
  context: EdgeContext,
  name: string,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const text = context.req.query(name);
  if (text === undefined || text === "") return undefined;
  const value = numberOf(text);
  if (value !== undefined && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? "of 0 or more" : `from 0 to ${most}`;
  throw malformed(`${name} must be a whole number ${range}`, { parameter: name });
}

function switchIn(context: EdgeContext, name: string): boolean | undefined {
  const text = context.req.query(name);
  if (text === undefined || text === "") return undefined;
  if (text === "true" || text === "false") return text === "true";
  throw malformed(`${name} must be true or false`, { parameter: name });
}

function numberOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What is committed is never refused: that it cannot be read back keeps it from being shown, and nothing else. */
function unshown(error: unknown): never {
  if (error instanceof ProblemError && error.problem.code === "too-large") {
    throw new ProblemError({ code: "unavailable", detail: error.problem.detail });
  }
  throw error;
}

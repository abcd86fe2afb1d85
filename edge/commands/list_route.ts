/**
 * Several commands in one request: each with an outcome of its own, or, with `atomic`, all of them as one
 * command of a group that is done as a whole or not at all.
 */
import {
  BATCH_MAX_COMMANDS,
  type CommandBody,
  movedErrors,
  parseCommand,
  type ParsedCommand,
  type Problem,
  problemBody,
  ProblemError,
  REFUSALS,
} from "../../actors/protocol/mod.ts";
import {
  type Call,
  type Caller,
  type EdgeContext,
  invalid,
  malformed,
  onlyFields,
  problemAnswer,
  readJson,
} from "../http/mod.ts";
import { answerCommand, outcomeAnswer } from "./answer.ts";
import { nothingSent, withMember } from "./nothing_sent.ts";
import { flatProblem } from "./flat_problem.ts";
import type { CommandSender, SentCommand } from "./sender.ts";

export interface CommandListDeps {
  readonly sender: CommandSender;
  /**
   * Takes as many requests out of the caller's quota as there are commands.
   *
   * @throws {ProblemError} `rate-limited` when there are too few, `too-large` when there never are so many
   */
  readonly spend: (call: Call, caller: Caller, count: number) => void;
  /** Which of the commands add somebody who does not exist. */
  readonly addsNobody: (
    bodies: readonly ParsedCommand[],
  ) => Promise<ReadonlySet<ParsedCommand>>;
}

/** One command of a list: it can be sent, or why it cannot. */
type Item =
  | { readonly command: ParsedCommand; readonly problem?: undefined }
  | { readonly command?: ParsedCommand; readonly problem: Problem };

/** Header fields that are about one command, and what commands of a list have in their place. */
const FOR_ONE = [["Idempotency-Key", "command_id"], ["If-Match", "expected_version"]] as const;

/** Handles `POST /api/v1/commands`. */
export async function sendCommands(
  deps: CommandListDeps,
  context: EdgeContext,
  caller: Caller,
): Promise<Response> {
  const { commands, atomic } = onlyFields(await readJson(context.req.raw), ["commands", "atomic"]);
  if (atomic !== undefined && typeof atomic !== "boolean") {
    throw malformed("atomic must be true or false", "/atomic");
  }
  for (const [field, own] of atomic ? [] : FOR_ONE) {
    if (context.req.header(field) === undefined) continue;
    throw malformed(`${field} is for one command; give each command its ${own}`, {
      header: field,
    });
  }
  const list = listOf(commands);
  const parsed = list.map(parseItem);
  if (atomic) required(parsed);
  if (list.length > 1) deps.spend(context.env, caller, list.length);
  const items = await withKnownUsers(parsed, deps.addsNobody);
  if (atomic) return await sendAsOne(deps.sender, context, caller, required(items));
  // Sent in this order before any is awaited, so that those of one group are decided in this order.
  const sent = await Promise.all(items.map((item) => {
    if (item.problem) return item;
    const { command_id, group_id, expected_version, ...native } = item.command;
    return deps.sender.send(context, caller, {
      commandId: command_id,
      groupId: group_id,
      expectedVersion: expected_version,
      standsAlone: true,
      body: () => native,
    });
  }));
  const texts = sent.map((one, index) =>
    "sent" in one ? outcomeText(one, index, context.env) : refusalText(one, context.env)
  );
  const told = `"outcomes":[${texts.join(",")}]`;
  const away = nothingSent(sent.flatMap((one) => "sent" in one ? one.sent : []));
  if (away) return await withMember(problemAnswer(away, context.env), told);
  const answer = new Response(`{${told}}`, { headers: { "content-type": "application/json" } });
  const isAsync = sent.some((one) => "sent" in one && one.async);
  if (isAsync) answer.headers.set("preference-applied", "respond-async");
  return answer;
}

/** @throws {ProblemError} `validation` when there is no list, or none of this size is taken */
function listOf(commands: unknown): unknown[] {
  if (Array.isArray(commands) && commands.length > 0 && commands.length <= BATCH_MAX_COMMANDS) {
    return commands;
  }
  throw invalid(`commands must be a list of 1 to ${BATCH_MAX_COMMANDS} commands`, "/commands");
}

/** The command at `index`; problems of it point into the list. */
function parseItem(item: unknown, index: number): Item {
  const at = `/commands/${index}`;
  const parsed = parseCommand(item);
  if (!parsed.ok) {
    const { detail } = parsed.problem;
    return { problem: { ...inList(parsed.problem, index), detail: `Command ${index}: ${detail}` } };
  }
  const command = parsed.value;
  if (command.group_id === undefined && command.type !== "group.create") {
    return { problem: invalid(`Command ${index}: group_id is required`, `${at}/group_id`).problem };
  }
  return { command };
}

/** `problem` of the command at `index`, whose fields are fields of the list. */
function inList(problem: Problem, index: number): Problem {
  const { errors } = problem;
  if (!errors) return problem;
  return { ...problem, errors: movedErrors(errors, (pointer) => `/commands/${index}${pointer}`) };
}

/** The items; what adds somebody who does not exist cannot be sent. */
async function withKnownUsers(
  items: readonly Item[],
  addsNobody: CommandListDeps["addsNobody"],
): Promise<readonly Item[]> {
  const found = await addsNobody(items.flatMap(({ command }) => command ?? []));
  const problem = REFUSALS.userMissing;
  return items.map((item) => item.command && found.has(item.command) ? { ...item, problem } : item);
}

/** @throws {ProblemError} the first problem among the items */
function required(items: readonly Item[]): ParsedCommand[] {
  return items.map(({ command, problem }) => {
    if (problem) throw new ProblemError(problem);
    return command;
  });
}

/** Sends the commands as one `batch` of their group. */
async function sendAsOne(
  sender: CommandSender,
  context: EdgeContext,
  caller: Caller,
  parsed: readonly ParsedCommand[],
): Promise<Response> {
  const groupId = parsed[0]?.group_id;
  if (groupId === undefined) {
    const detail = "Atomic commands must be of one group, which is there already";
    throw invalid(detail, "/commands/0/group_id");
  }
  for (const [index, { command_id, group_id, expected_version }] of parsed.entries()) {
    const at = `/commands/${index}`;
    if (group_id !== groupId) {
      throw invalid("Atomic commands must be of one group", `${at}/group_id`);
    }
    if (command_id !== undefined || expected_version !== undefined) {
      const field = command_id === undefined ? "expected_version" : "command_id";
      throw invalid(
        `Atomic commands have no ${field} of their own: Idempotency-Key and If-Match are for all`,
        `${at}/${field}`,
      );
    }
  }
  const payload = { commands: parsed.map(({ type, payload }) => ({ type, payload })) };
  // Checked as a whole, because some commands cannot be part of one.
  const batch = parseCommand({ type: "batch", group_id: groupId, payload });
  if (!batch.ok) throw new ProblemError(flatProblem(batch.problem));
  const { type, payload: checked } = batch.value;
  const body = { type, payload: checked } as CommandBody;
  const result = await sender.send(context, caller, { groupId, body: () => body });
  const { sent } = result;
  const told = sent.kind === "rejected"
    ? { ...result, sent: { ...sent, problem: flatProblem(sent.problem) } }
    : result;
  return answerCommand(told, context.env, (committed) => outcomeAnswer("batch", committed));
}

/** A command that was not sent, as JSON; its ids where they could be read. */
function refusalText(
  { command, problem }: Item & { readonly problem: Problem },
  call: Call,
): string {
  return JSON.stringify({
    ...(command?.command_id === undefined ? {} : { command_id: command.command_id }),
    ...(command?.group_id === undefined ? {} : { group_id: command.group_id }),
    status: "refused",
    problem: problemBody(problem, call.id, call.traceId),
  });
}

const decoder = new TextDecoder();

/** What became of one command, as JSON: the outcome's own text when it is committed. */
function outcomeText({ command, sent }: SentCommand, index: number, call: Call): string {
  const about = { command_id: command.command_id, group_id: command.group_id };
  switch (sent.kind) {
    case "committed":
      return decoder.decode(sent.body);
    case "stored":
      return JSON.stringify({ ...about, status: "accepted" });
    case "rejected":
    case "refused": {
      const problem = problemBody(inList(sent.problem, index), call.id, call.traceId);
      return JSON.stringify({ ...about, status: sent.kind, problem });
    }
    case "unknown": {
      const detail =
        "It is not known whether the command was stored; send it again with the same id";
      const problem = problemBody({ code: "outcome-unknown", detail }, call.id, call.traceId);
      return JSON.stringify({ ...about, status: "unknown", problem });
    }
    default:
      return sent satisfies never;
  }
}

/**
 * Whether what was answered goes together with what was sent: what does not fit the document is not taken, and no
 * parameter is refused that fits.
 */
import type { Answered, Place, SchemaChecks } from "../../edge/openapi/testing/mod.ts";
import { type Given, jsonOf, type Request } from "./_fuzz_requests.ts";

interface FieldError {
  readonly parameter?: string;
  readonly header?: string;
}

interface Refusal {
  readonly code: string;
  readonly errors?: readonly FieldError[];
}

/** Parameters that are refused for what they mean, which the document tells in words: by name, and for what. */
const BY_MEANING: Readonly<Record<string, string>> = {
  cursor: "one of another list",
  filter: "a language of its own",
  sort: "a key that is named twice",
  tz: "a zone that nobody has",
  q: "together with at",
  from: "not before to",
  since: "one of another stream",
  "Last-Event-ID": "one of another stream",
  min_version: "a version that is still to come",
  at: "a version that is still to come",
  partition: "a block that no living host has",
};
/** Fields that contradict what a command says itself, or that a list that is not atomic has no use for. */
const CONTRADICTING: ReadonlySet<string> = new Set(["Idempotency-Key", "If-Match"]);
const COMMANDS: ReadonlySet<string> = new Set(["sendCommand", "sendCommands"]);

/** What does not go together; "" when all does. */
export function judged(
  checks: SchemaChecks,
  place: Place,
  request: Request,
  answer: Answered,
): string {
  if (answer.status < 300) return wronglyTaken(checks, place, request);
  if (answer.status === 400 || answer.status === 422) {
    return wronglyRefused(checks, place, request, answer);
  }
  return "";
}

function wronglyTaken(checks: SchemaChecks, place: Place, request: Request): string {
  for (const parameter of request.given) {
    const { name, text, required } = parameter;
    const isRight = text === undefined ? !required : fits(checks, parameter);
    if (!isRight) return `${name} does not fit and is taken`;
  }
  const { body } = request;
  if (!body) return "";
  const json = jsonOf(body);
  if (!json) {
    const isNone = body.bytes.length === 0 && place.operation.requestBody?.required === false;
    return isNone ? "" : "a body that is no JSON is taken";
  }
  const faults = checks.faults(body.schema, json.value);
  return faults === "" ? "" : `a body that does not fit is taken: ${faults}`;
}

function wronglyRefused(
  checks: SchemaChecks,
  { operation: { operationId } }: Place,
  { given, isTwofold }: Request,
  { text }: Answered,
): string {
  if (isTwofold || text === "") return "";
  const { code, errors = [] } = JSON.parse(text) as Refusal;
  // Another request had the key before.
  if (code === "idempotency-mismatch") return "";
  for (const { parameter, header } of errors) {
    const name = parameter ?? header;
    const sent = given.find((each) => each.name === name);
    if (!sent?.name || sent.text === undefined || !fits(checks, sent)) continue;
    if (sent.name in BY_MEANING) continue;
    if (COMMANDS.has(operationId) && CONTRADICTING.has(sent.name)) continue;
    return `${sent.name} fits and is refused`;
  }
  return "";
}

/** Whether the parameter's text, as what it may stand for, fits its schema. */
function fits(checks: SchemaChecks, { text = "", schema, allowEmptyValue }: Given): boolean {
  if (text === "" && allowEmptyValue) return true;
  const values: unknown[] = [text];
  if (/^\d{1,16}$/.test(text)) values.push(Number(text));
  if (text === "true" || text === "false") values.push(text === "true");
  return values.some((value) => checks.faults(schema, value) === "");
}

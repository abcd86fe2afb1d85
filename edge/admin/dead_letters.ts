/** `/api/v1/admin/dead-letters`: lists, shows, replays and discards what could not be processed. */
import type { DeadLetter, DeadLetterBox } from "../../actors/platform/mod.ts";
import { type EdgeContext, malformed, notFound } from "../http/mod.ts";
import type { OperatorRoute } from "./operator.ts";
import { replay, type ReplayDeps } from "./replay.ts";

const PATH = "/api/v1/admin/dead-letters";
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;
const SEQUENCE = /^[1-9]\d{0,14}$/;
/** Whole tokens of a subject, without wildcards. */
const SUBJECT = /^(?=.{1,300}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

export interface DeadLetterDeps extends ReplayDeps {
  readonly box: Pick<DeadLetterBox, "list" | "get" | "discard">;
}

export function deadLetterRoutes(deps: DeadLetterDeps): OperatorRoute[] {
  const { box } = deps;
  const find = async (context: EdgeContext) => {
    const sequence = sequenceOf(context);
    const letter = await box.get(sequence);
    if (!letter) throw missing(sequence);
    return letter;
  };
  return [{
    method: "GET",
    path: PATH,
    handle: async (context) => {
      const { limit, before, subject } = queryOf(context);
      const letters = await box.list({ limit: limit + 1, before, subject });
      const page = letters.slice(0, limit);
      const last = page.at(-1);
      return Response.json({
        dead_letters: page.map(told),
        ...(last && letters.length > limit ? { next_cursor: `${last.sequence}` } : {}),
      });
    },
  }, {
    method: "GET",
    path: `${PATH}/:sequence`,
    handle: async (context) => {
      const letter = await find(context);
      return Response.json({ ...told(letter), ...bodyOf(letter.data) });
    },
  }, {
    method: "POST",
    path: `${PATH}/:sequence/replay`,
    handle: async (context) => {
      const letter = await find(context);
      const replayed = await replay(letter, context.env.traceparent, deps);
      // It may be gone already: then somebody else replayed or discarded it at the same time.
      await box.discard(letter.sequence);
      const status = replayed.status === "stored" ? 202 : 200;
      return Response.json({ sequence: letter.sequence, ...replayed }, { status });
    },
  }, {
    method: "DELETE",
    path: `${PATH}/:sequence`,
    handle: async (context) => {
      const sequence = sequenceOf(context);
      if (!await box.discard(sequence)) throw missing(sequence);
      return new Response(null, { status: 204 });
    },
  }];
}

function missing(sequence: number) {
  return notFound(`There is no dead letter ${sequence}`);
}

function told(letter: DeadLetter) {
  return {
    sequence: letter.sequence,
    recorded_at: letter.recordedAt,
    subject: letter.subject,
    stream: letter.stream,
    stream_sequence: letter.streamSequence,
    source_stream: letter.source,
    reason: letter.reason,
    at: letter.at,
    tries: letter.tries,
    process: letter.process,
    code_version: letter.codeVersion,
    size_bytes: letter.sizeBytes,
    truncated: letter.truncated,
    headers: letter.headers,
  };
}

/** The bytes as text when they are text, else in base64. */
function bodyOf(data: Uint8Array): { readonly body: string; readonly body_encoding: string } {
  try {
    const body = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    return { body, body_encoding: "utf-8" };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { body: Uint8Array.from(data).toBase64(), body_encoding: "base64" };
  }
}

function sequenceOf(context: EdgeContext): number {
  return parseSequence(context.req.param("sequence") ?? "", "sequence");
}

function queryOf(context: EdgeContext) {
  const { limit = `${LIMIT_DEFAULT}`, cursor, subject } = context.req.query();
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > LIMIT_MAX) {
    throw malformed(`limit must be a whole number from 1 to ${LIMIT_MAX}`, { parameter: "limit" });
  }
  if (subject !== undefined && !SUBJECT.test(subject)) {
    throw malformed("subject must be the first tokens of a subject, without wildcards", {
      parameter: "subject",
    });
  }
  const before = cursor === undefined ? undefined : parseSequence(cursor, "cursor");
  return { limit: Number(limit), before, subject };
}

function parseSequence(text: string, name: string): number {
  if (SEQUENCE.test(text)) return Number(text);
  throw malformed(`${name} must be the number of a dead letter`, { parameter: name });
}

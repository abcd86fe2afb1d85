/** What a request for a stream asks for. Pure: parsing and refusals, no I/O. */
import * as v from "valibot";
import { EntityId, ProblemError, refuseUnknownParameters } from "../protocol/mod.ts";

/** A request for a stream of `groupIds`, after `cursor` when there is one. */
export interface StreamRequest {
  readonly groupIds: readonly string[];
  readonly cursor: string | undefined;
  /** Those of the groups in which the reader is shown to others as present, and they to the reader. */
  readonly presence: readonly string[];
}

/** Parameters in which clients of other systems send a token; never in a URL, which gets logged. */
const TOKEN_PARAMETERS = ["token", "access_token", "jwt", "authorization"];

/**
 * Refuses a request that carries a token in its URL.
 *
 * @throws {ProblemError} `unauthenticated`
 */
export function refuseTokenInUrl(parameters: URLSearchParams): void {
  const used = TOKEN_PARAMETERS.find((name) => parameters.has(name));
  if (used === undefined) return;
  throw new ProblemError({
    code: "unauthenticated",
    detail: `Cannot take a token from the query parameter "${used}": send it in the header ` +
      `"Authorization: Bearer …"; EventSource cannot, fetch with a streamed body can`,
  });
}

/** Parameters of a request for a stream. */
const STREAM_PARAMETERS = ["group_id", "since", "presence"];

/**
 * Reads the groups and the cursor of a request.
 *
 * @param lastEventId the header of that name, which counts before the parameter `since`
 * @throws {ProblemError} `malformed` or `validation`
 */
export function parseStreamRequest(
  parameters: URLSearchParams,
  lastEventId: string | undefined,
  limits: { readonly maxGroups: number },
): StreamRequest {
  refuseUnknownParameters(parameters, STREAM_PARAMETERS, { lists: ["group_id"] });
  const groupIds = [...new Set(parameters.getAll("group_id").flatMap(idsIn))];
  if (groupIds.length === 0) throw refusal("malformed", "group_id is required", "required");
  const strange = groupIds.find((id) => !isId(id));
  if (strange !== undefined) {
    const shown = JSON.stringify(strange.slice(0, 80));
    throw refusal("malformed", `group_id ${shown} is not an id`, "format");
  }
  if (groupIds.length > limits.maxGroups) {
    const detail = `Cannot follow ${groupIds.length} groups: at most ${limits.maxGroups} a stream`;
    throw refusal("validation", detail, "max_length");
  }
  const since = parameters.get("since");
  if (since === "") {
    const detail = "since is empty: give it a cursor, or leave it out";
    throw refusal("malformed", detail, "required", "since");
  }
  const cursor = lastEventId ?? since ?? "";
  return {
    groupIds,
    cursor: cursor === "" ? undefined : cursor,
    presence: presentIn(parameters.get("presence"), groupIds),
  };
}

/** The ids in a list with commas. */
function idsIn(list: string): string[] {
  return list.split(",").map((id) => id.replace(/^ +| +$/g, "")).filter((id) => id !== "");
}

/** Those of the groups that the parameter `presence` names; "1" stands for all of the stream. */
function presentIn(presence: string | null, groupIds: readonly string[]): readonly string[] {
  if (presence === null) return [];
  if (presence === "1") return groupIds;
  const named = idsIn(presence);
  if (named.length > 0 && named.every(isId)) return groupIds.filter((id) => named.includes(id));
  const shown = JSON.stringify(presence.slice(0, 80));
  const detail = `presence is ${shown}: give it the value 1, or ids of some of the groups, ` +
    "or leave it out";
  throw refusal("malformed", detail, "format", "presence");
}

function isId(text: string): boolean {
  return v.safeParse(EntityId, text).success;
}

function refusal(
  code: "malformed" | "validation",
  detail: string,
  fieldCode: string,
  parameter = "group_id",
): ProblemError {
  const errors = [{ parameter, code: fieldCode, message: detail }];
  return new ProblemError({ code, detail, errors });
}

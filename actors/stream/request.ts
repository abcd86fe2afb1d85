/** What a request for a stream asks for. Pure: parsing and refusals, no I/O. */
import * as v from "valibot";
import { EntityId, ProblemError, refuseUnknownParameters } from "../protocol/mod.ts";

/** A request for a stream of `groupIds`, after `cursor` when there is one. */
export interface StreamRequest {
  readonly groupIds: readonly string[];
  readonly cursor: string | undefined;
  /** Whether the reader is shown to others as present, and they to the reader. */
  readonly presence: boolean;
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
  const named = parameters.getAll("group_id").flatMap((list) => list.split(","))
    .map((id) => id.replace(/^ +| +$/g, "")).filter((id) => id !== "");
  const groupIds = [...new Set(named)];
  if (groupIds.length === 0) throw refusal("malformed", "group_id is required", "required");
  const strange = groupIds.find((id) => !v.safeParse(EntityId, id).success);
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
  const presence = parameters.get("presence");
  if (presence !== null && presence !== "1") {
    const shown = JSON.stringify(presence.slice(0, 80));
    const detail = `presence is ${shown}: give it the value 1, or leave it out`;
    throw refusal("malformed", detail, "format", "presence");
  }
  const cursor = lastEventId ?? since ?? "";
  return {
    groupIds,
    cursor: cursor === "" ? undefined : cursor,
    presence: presence === "1",
  };
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

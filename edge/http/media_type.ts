/**
 * Which bodies are taken for JSON. A page of another site can have a browser send some media types, or none,
 * without asking first (Fetch, CORS-preflight): none of these is taken from such a page.
 */
import { HeadedProblem } from "./problem.ts";
import { isForeign } from "./same_origin.ts";

/** What is taken, as the field `Accept` of an answer tells it (RFC 9110, section 15.5.16). */
const JSON_TYPES = ["application/json", "application/*+json"];
const IS_JSON = /^application\/(?:[\w!#$&^.+-]+\+)?json$/;
/** What `curl -d` says of any body; none is as good. Clients of other systems may say no more. */
const UNTOLD: ReadonlySet<string> = new Set(["", "application/x-www-form-urlencoded"]);

/** The media type of the body of `request` in lower case, without parameters; "" when it has none. */
export function mediaTypeOf(request: Request): string {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}

/**
 * Refuses a body that does not say that it is JSON; from what is no page of another origin, only one that says
 * that it is something else.
 *
 * @throws {HeadedProblem} `unsupported-media-type`
 */
export function checkJsonType(request: Request): void {
  const type = mediaTypeOf(request);
  if (IS_JSON.test(type)) return;
  if (UNTOLD.has(type) && !isForeign(request)) return;
  throw unsupported(type, JSON_TYPES);
}

/**
 * Refuses a body of none of the media types `taken`.
 *
 * @throws {HeadedProblem} `unsupported-media-type`
 */
export function checkType(request: Request, taken: readonly string[]): void {
  const type = mediaTypeOf(request);
  if (!taken.includes(type)) throw unsupported(type, taken);
}

function unsupported(type: string, taken: readonly string[]): HeadedProblem {
  const code = "unsupported-media-type";
  const said = type === ""
    ? "no Content-Type"
    : `Content-Type ${JSON.stringify(type.slice(0, 80))}`;
  const detail = `The body has ${said}; what is taken is ${taken.join(", ")}`;
  const errors = [{ header: "Content-Type", code, message: detail }];
  return new HeadedProblem({ code, detail, errors }, { accept: taken.join(", ") });
}

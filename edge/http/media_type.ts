/**
 * Which bodies are taken for JSON: in UTF-8 and not compressed. A page of another site can have a browser send some media types, or none,
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

const CHARSETS: ReadonlySet<string> = new Set(["utf-8", "utf8", "us-ascii"]);

/**
 * Refuses a body that says that it is compressed, or text in another encoding than UTF-8.
 *
 * @throws {HeadedProblem} `unsupported-media-type`
 */
export function checkEncoding(request: Request): void {
  const codings = (request.headers.get("content-encoding") ?? "").split(",")
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== "" && coding !== "identity");
  if (codings.length > 0) {
    const said = JSON.stringify(codings.join(", ").slice(0, 80));
    const detail =
      `The body has Content-Encoding ${said}; what is taken is identity, a body that ` +
      "is not compressed";
    throw refused("Content-Encoding", detail, { "accept-encoding": "identity" });
  }
  const [, charset] = /;\s*charset\s*=\s*"?([^";\s]*)/i
    .exec(request.headers.get("content-type") ?? "") ?? [];
  if (charset === undefined || CHARSETS.has(charset.toLowerCase())) return;
  const detail = `The body has charset ${
    JSON.stringify(charset.slice(0, 80))
  }; what is taken is utf-8`;
  throw refused("Content-Type", detail, {});
}

function refused(
  header: string,
  detail: string,
  headers: Readonly<Record<string, string>>,
): HeadedProblem {
  const code = "unsupported-media-type";
  return new HeadedProblem({ code, detail, errors: [{ header, code, message: detail }] }, headers);
}

function unsupported(type: string, taken: readonly string[]): HeadedProblem {
  const said = type === ""
    ? "no Content-Type"
    : `Content-Type ${JSON.stringify(type.slice(0, 80))}`;
  const detail = `The body has ${said}; what is taken is ${taken.join(", ")}`;
  return refused("Content-Type", detail, { accept: taken.join(", ") });
}

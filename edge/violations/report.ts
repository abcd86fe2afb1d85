/**
 * Reports of a content policy in both forms that browsers send, reduced to what may be logged and counted:
 * no query, no sample of a script, nothing of any length. Pure.
 */
import * as v from "valibot";

/** What the policy of a page has blocked. */
export interface Violation {
  /** A directive's name, or "other". */
  readonly directive: string;
  /** A keyword such as `inline`, scheme and host, a scheme alone, or "other". */
  readonly blocked: string;
  /** Path of the page, or "other". */
  readonly document: string;
}

const OTHER = "other";
const MAX_CHARS = 100;

const DIRECTIVES: ReadonlySet<string> = new Set([
  "base-uri",
  "child-src",
  "connect-src",
  "default-src",
  "font-src",
  "form-action",
  "frame-ancestors",
  "frame-src",
  "img-src",
  "manifest-src",
  "media-src",
  "object-src",
  "require-trusted-types-for",
  "script-src",
  "script-src-attr",
  "script-src-elem",
  "style-src",
  "style-src-attr",
  "style-src-elem",
  "trusted-types",
  "worker-src",
]);

/** What stands for a resource that has no address, and schemes that are told alone (CSP 3, sections 5.2 and 5.4). */
const KEYWORDS: ReadonlySet<string> = new Set([
  "blob",
  "data",
  "eval",
  "inline",
  "self",
  "trusted-types-policy",
  "trusted-types-sink",
  "wasm-eval",
]);

const Text = v.exactOptional(v.nullable(v.string()));

/** The body of `application/csp-report` (CSP 3, section 5.3). */
export const CspReport = v.looseObject({
  "csp-report": v.looseObject({
    "document-uri": Text,
    "blocked-uri": Text,
    "effective-directive": Text,
    "violated-directive": v.string(),
  }),
});

const Report = v.looseObject({
  type: v.literal("csp-violation"),
  body: v.looseObject({ documentURL: Text, blockedURL: Text, effectiveDirective: v.string() }),
});

/** The body of `application/reports+json` (Reporting API); some browsers send one report bare. */
export const Reports = v.union([v.pipe(v.array(Report), v.minLength(1)), Report]);

/** Media types of reports. */
export const REPORT_TYPES = ["application/csp-report", "application/reports+json"];

/** The violations that `body` of media type `type` reports; `undefined` when it is no such report. */
export function violationsIn(type: string, body: unknown): Violation[] | undefined {
  if (type === "application/csp-report") {
    const { success, output } = v.safeParse(CspReport, body);
    if (!success) return undefined;
    const report = output["csp-report"];
    return [violation({
      directive: report["effective-directive"] ?? report["violated-directive"],
      blocked: report["blocked-uri"],
      document: report["document-uri"],
    })];
  }
  if (type !== "application/reports+json") return undefined;
  const { success, output } = v.safeParse(Reports, body);
  if (!success) return undefined;
  return (Array.isArray(output) ? output : [output]).map(({ body }) =>
    violation({
      directive: body.effectiveDirective,
      blocked: body.blockedURL,
      document: body.documentURL,
    })
  );
}

interface Reported {
  readonly directive: string;
  readonly blocked: string | null | undefined;
  readonly document: string | null | undefined;
}

function violation({ directive, blocked, document }: Reported): Violation {
  // Older browsers tell the sources of the directive, too.
  const [name = ""] = directive.split(" ");
  return {
    directive: DIRECTIVES.has(name) ? name : OTHER,
    blocked: sourceOf(blocked ?? ""),
    document: pathOf(document ?? ""),
  };
}

/** The URL parser leaves no space, line break or capital letter in scheme and host. */
function sourceOf(text: string): string {
  if (KEYWORDS.has(text)) return text;
  const url = URL.parse(text);
  if (!url) return OTHER;
  return (url.host === "" ? url.protocol : `${url.protocol}//${url.host}`).slice(0, MAX_CHARS);
}

function pathOf(text: string): string {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? url.pathname.slice(0, MAX_CHARS) : OTHER;
}

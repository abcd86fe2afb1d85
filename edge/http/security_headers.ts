/** The security header fields of every answer (RFC 6797, CSP 3, Fetch metadata); pages add a nonce. */

const ALWAYS: readonly (readonly [string, string])[] = [
  ["strict-transport-security", "max-age=63072000; includeSubDomains"],
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
];
const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/** Adds the fields to `answer`; leaves a content policy or cache rule alone that the route has set. */
export function secure(answer: Response): void {
  const { headers } = answer;
  for (const [name, value] of ALWAYS) headers.set(name, value);
  if (!headers.has("content-security-policy")) headers.set("content-security-policy", NOTHING_RUNS);
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
}

/** Where a page's browser reports what the policy blocks (Reporting API). */
const REPORTING_ENDPOINTS = 'csp="/csp-reports"';

/**
 * The header fields of a page whose scripts and styles carry `nonce`: its content policy, under which no
 * script makes HTML of text, and where violations of it are reported.
 */
export function pageFields(nonce: string): Record<string, string> {
  return {
    "content-security-policy": pagePolicy(nonce),
    "reporting-endpoints": REPORTING_ENDPOINTS,
  };
}

function pagePolicy(nonce: string): string {
  return "default-src 'none'; " +
    `script-src 'nonce-${nonce}' 'strict-dynamic'; ` +
    `style-src 'self' 'nonce-${nonce}'; ` +
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; " +
    "form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'; " +
    // The second is for browsers that do not know the first, and passed over by those that do.
    "report-to csp; report-uri /csp-reports";
}

/**
 * Reads where this machine gets Debian packages from, in both of apt's formats (sources.list(5)),
 * so that a newer suite can be asked for at the same mirror. Pure.
 */

/** One archive of the machine's own sources. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly signedBy?: string;
}

/** Parses the one-line format: `deb [signed-by=/k.gpg] http://mirror/debian bookworm main`. */
export function parseSourcesList(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)/.exec(line);
    if (!match) continue;
    const [, options = "", uri = "", suite = ""] = match;
    const signedBy = /signed-by=(\S+)/i.exec(options)?.[1];
    sources.push({ uri, suite, ...(signedBy ? { signedBy } : {}) });
  }
  return sources;
}

/** Parses the deb822 format of `*.sources` files. */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const paragraph of text.split(/\n\s*\n/)) {
    const lines = paragraph.split("\n").filter((line) => !line.startsWith("#"));
    const field = (name: string) =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, "im").exec(lines.join("\n"))?.[1]?.trim() ?? "";
    if (!field("Types").split(/\s+/).includes("deb") || field("Enabled") === "no") continue;
    const signedBy = field("Signed-By");
    for (const uri of field("URIs").split(/\s+/).filter((uri) => uri !== "")) {
      for (const suite of field("Suites").split(/\s+/).filter((suite) => suite !== "")) {
        sources.push({ uri, suite, ...(signedBy.startsWith("/") ? { signedBy } : {}) });
      }
    }
  }
  return sources;
}

/** The main archive's mirror: not the security archive, whose layout has no newer suites. */
export function mainMirror(sources: readonly AptSource[]): AptSource | undefined {
  return sources.find(({ uri, suite }) =>
    !/-security|-updates|-backports/.test(suite) && !/security/.test(uri) &&
    /^https?:|^mirror|^ftp:|^file:/.test(uri)
  );
}

/**
 * Settings that may be files: read at the start and looked at again while the process runs, because
 * Kubernetes replaces the files of a secret in place. Knows nothing of what the texts mean.
 */
import { ConfigError, type TextSource } from "./config.ts";
import { logger } from "./log.ts";

const LOOK_EVERY_MS = 2_000;

export interface FollowOptions {
  /** What is in force, in the order of the sources. */
  readonly texts: readonly string[];
  /** Puts changed texts in force; throws a {@link ConfigError} when they cannot be used. */
  readonly take: (texts: readonly string[]) => void | Promise<void>;
  /** Time between two looks, in milliseconds. Default 2,000. */
  readonly everyMs?: number;
}

/**
 * The texts of `sources`.
 *
 * @throws {ConfigError} when a file cannot be read
 */
export async function readTexts(sources: readonly TextSource[]): Promise<string[]> {
  return await Promise.all(sources.map(async (source) => {
    if ("text" in source) return source.text;
    try {
      return await Deno.readTextFile(source.path);
    } catch (cause) {
      const why = cause instanceof Error ? cause.name : "unknown";
      throw new ConfigError(`Cannot start: "${source.path}" cannot be read (${why})`, { cause });
    }
  }));
}

/**
 * Takes the texts of `sources` again whenever a file has changed, until disposed of. What cannot be read or
 * used is a warning, once, and changes nothing.
 */
export function followTexts(sources: readonly TextSource[], options: FollowOptions): Disposable {
  const paths = sources.flatMap((source) => "path" in source ? [source.path] : []);
  if (paths.length === 0) return { [Symbol.dispose]() {} };
  const { take, everyMs = LOOK_EVERY_MS } = options;
  const log = logger("settings");
  let { texts: seen } = options;
  let isReadable = true;
  const look = async () => {
    let texts: readonly string[];
    try {
      texts = await readTexts(sources);
    } catch (error) {
      if (isReadable) refused(error);
      isReadable = false;
      return;
    }
    isReadable = true;
    if (isOver || texts.every((text, i) => text === seen[i])) return;
    seen = texts;
    try {
      await take(texts);
      log.info("Changed settings are in force: {paths}", { paths });
    } catch (error) {
      refused(error);
    }
  };
  const refused = (error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    // Its cause may quote a secret.
    const reason = error.message.replace(/^Cannot start: /, "");
    log.warning("Settings stay as they were: {reason}", { reason, paths });
  };
  let isOver = false;
  let timer = setTimeout(again, everyMs);
  async function again() {
    await look();
    if (!isOver) timer = setTimeout(again, everyMs);
  }
  return {
    [Symbol.dispose]() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

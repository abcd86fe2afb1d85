/** Reads settings from the environment, once, at start. A missing or malformed setting stops the start. */

/** A setting that is missing or that cannot be used; the message names the variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * The text of environment variable `name`.
 *
 * @throws {ConfigError} when it is unset or empty and there is no `fallback`
 */
export function readString(name: string, fallback?: string): string {
  const value = Deno.env.get(name);
  if (value) return value;
  if (fallback !== undefined) return fallback;
  throw new ConfigError(`Cannot start: the environment variable ${name} is not set`);
}

/** The parts of environment variable `name` between its commas. */
export function readList(name: string, fallback: string): string[] {
  return readString(name, fallback).split(",").map((item) => item.trim()).filter(Boolean);
}

/** The text of a setting, or the file that holds it and may change while the process runs. */
export type TextSource = { readonly text: string } | { readonly path: string };

/**
 * Where the text of setting `name` is: in the environment variable of that name, or in the file that
 * `NAME_FILE` names.
 *
 * @throws {ConfigError} when both are set, or neither is and there is no `fallback`
 */
export function readTextSource(name: string, fallback?: string): TextSource {
  const path = readString(`${name}_FILE`, "");
  if (path === "") return { text: readString(name, fallback) };
  if (readString(name, "") === "") return { path };
  throw new ConfigError(`Cannot start: ${name} and ${name}_FILE are both set`);
}

/**
 * A whole number from environment variable `name`, at least `min` (default 0).
 *
 * @throws {ConfigError} when it is not such a number, or unset without `fallback`
 */
export function readInt(name: string, fallback?: number, options: { min?: number } = {}): number {
  const text = readString(name, fallback === undefined ? undefined : String(fallback));
  const value = Number(text);
  const min = options.min ?? 0;
  if (!Number.isSafeInteger(value) || value < min) {
    throw new ConfigError(
      `Cannot start: ${name}="${text}" is not a whole number of ${min} or more`,
    );
  }
  return value;
}

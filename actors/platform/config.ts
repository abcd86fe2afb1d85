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

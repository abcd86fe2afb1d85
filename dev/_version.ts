/** Versions of nats-server: reading them and comparing them. Pure. */

export type Version = readonly [major: number, minor: number, patch: number];

/** Finds the first `x.y.z` in a text such as `nats-server: v2.15.1`. */
export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

/** Whether `version` is `minimum` or newer. */
export function isAtLeast(version: Version, minimum: Version): boolean {
  for (let index = 0; index < 3; index++) {
    const difference = (version[index] ?? 0) - (minimum[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** `2.15.1` */
export function formatVersion(version: Version): string {
  return version.join(".");
}

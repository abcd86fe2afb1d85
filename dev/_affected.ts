/** Which processes a changed file concerns. Pure. */
import { type ServiceName, serviceNames } from "./_services.ts";

/** What has to be done after some files changed. */
export interface Affected {
  readonly restart: readonly ServiceName[];
  readonly rebuildAssets: boolean;
  readonly migrate: boolean;
}

/** Path prefix → processes whose code it is part of; the first that fits counts. */
const owners: readonly (readonly [string, readonly ServiceName[]])[] = [
  ["actors/protocol/", serviceNames],
  ["actors/platform/", serviceNames],
  ["actors/kind/", ["group-host", "streamer"]],
  ["actors/group/", ["group-host", "streamer"]],
  ["actors/host/", ["group-host"]],
  ["actors/stream/", ["streamer"]],
  ["actors/projection/", ["projector"]],
  ["edge/", ["edge"]],
  ["web/", ["edge"]],
];

/** Folders with code or SQL of the running stack. */
export const watchedDirs = ["actors", "edge", "web", "migrations"] as const;

/** `paths` are relative to the checkout, with forward slashes. */
export function affectedBy(paths: Iterable<string>): Affected {
  const restart = new Set<ServiceName>();
  let rebuildAssets = false;
  let migrate = false;
  for (const path of paths) {
    if (!isSource(path)) continue;
    if (path.startsWith("migrations/")) migrate = true;
    if (path.startsWith("web/")) rebuildAssets = true;
    // The islands import the contract, so its changes reach the browser as well.
    if (path.startsWith("actors/protocol/")) rebuildAssets = true;
    const names = owners.find(([prefix]) => path.startsWith(prefix))?.[1] ?? [];
    for (const name of names) restart.add(name);
  }
  return { restart: serviceNames.filter((name) => restart.has(name)), rebuildAssets, migrate };
}

/** The sources among changed paths; with one that exists, an editor's passing files are left out. */
export function shownChanges(
  paths: readonly string[],
  exists: (path: string) => boolean,
): string[] {
  const sources = paths.filter(isSource);
  const existing = sources.filter(exists);
  return existing.length > 0 ? existing : sources;
}

function isSource(path: string): boolean {
  if (path.startsWith("web/assets/")) return false;
  if (/_test\.tsx?$/.test(path)) return false;
  return /\.(tsx?|css|html|json|sql|svg)$/.test(path) && !/(^|\/)\./.test(path);
}

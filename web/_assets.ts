/**
 * The built assets: read from `web/assets/` when first asked for and kept in memory. The only I/O of
 * this folder.
 */

/** What the build wrote: public paths by plain name, and the scripts of each page. */
export interface Manifest {
  readonly files: Readonly<Record<string, string>>;
  readonly entries: Readonly<
    Record<string, { readonly src: string; readonly preload: readonly string[] }>
  >;
}

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Value of `Content-Type`. */
  readonly type: string;
  /** The name carries the hash of the content, so it can be cached for ever. */
  readonly immutable: boolean;
}

const FOLDER = new URL("./assets/", import.meta.url);
const NAME = /^[A-Za-z0-9_-]+\.(js|css|svg)$/;
const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

const cache = new Map<string, Asset>();
let manifest: Manifest | undefined;

/**
 * The manifest of the last build.
 *
 * @throws {Error} when the assets have not been built
 */
export function readManifest(): Manifest {
  if (manifest) return manifest;
  try {
    manifest = JSON.parse(Deno.readTextFileSync(new URL("manifest.json", FOLDER))) as Manifest;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error('Cannot render a page: run "deno run -A web/build.ts" first', { cause });
  }
  return manifest;
}

/** The built file `name` below `/assets/`, or `undefined` when the build made none of that name. */
export async function readAsset(name: string): Promise<Asset | undefined> {
  const known = cache.get(name);
  if (known) return known;
  const type = TYPES[NAME.exec(name)?.[1] ?? ""];
  if (type === undefined) return undefined;
  let body: Uint8Array<ArrayBuffer>;
  try {
    body = await Deno.readFile(new URL(name, FOLDER));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const asset = { body, type, immutable: true };
  cache.set(name, asset);
  return asset;
}

/** The pages and built assets, as `web/` renders them; this file adds only HTTP to them. */
import {
  type EdgeContext,
  encoded,
  encodingFor,
  notFound,
  pageFields,
  type Route,
  SharedContent,
} from "./http/mod.ts";
import type { Workspace } from "./reads/mod.ts";

type PagePath = "/" | "/login" | "/app";

/** What `web/` offers. */
export interface Web {
  /** A complete HTML document whose scripts and styles carry `nonce`. */
  readonly renderPage: (path: PagePath, context: { readonly nonce: string }) => string;
  /** An HTML fragment. */
  readonly renderWorkspace: (workspace: Workspace) => string;
  /** The built file `name` below `/assets/`; `undefined` when there is none. */
  readonly readAsset: (name: string) => Promise<Asset | undefined>;
}

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Value of `Content-Type`. */
  readonly type: string;
  /** Whether the content under this name never changes. */
  readonly immutable: boolean;
}

const PAGES: readonly PagePath[] = ["/", "/login", "/app"];

export function pageRoutes(web: Web): Route[] {
  const page = (path: PagePath): Route => ({
    method: "GET",
    path,
    access: "public",
    handle: (context) => pageAnswer(context, (nonce) => web.renderPage(path, { nonce })),
  });
  const assets = new Map<string, SharedContent>();
  return [
    ...PAGES.map(page),
    {
      method: "GET",
      path: "/assets/:name",
      access: "public",
      handle: (context) => asset(context, { web, assets }),
    },
  ];
}

/**
 * The answer with the page that `render` makes, whose scripts and styles carry the nonce it is given. It is
 * encoded each time, because of the nonce, by what is quickest; it holds nothing that a caller has sent, so
 * that its length tells nothing.
 */
export async function pageAnswer(
  context: EdgeContext,
  render: (nonce: string) => string,
): Promise<Response> {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
  const encoding = encodingFor(context, ["gzip"]);
  const body = await encoded(new TextEncoder().encode(render(nonce)), encoding);
  return new Response(body, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "vary": "Accept-Encoding",
      ...(encoding === "identity" ? {} : { "content-encoding": encoding }),
      ...pageFields(nonce),
    },
  });
}

/** The built file that the path names, from `assets` or, when it is first asked for, from `web`. */
async function asset(
  context: EdgeContext,
  { web, assets }: { readonly web: Web; readonly assets: Map<string, SharedContent> },
): Promise<Response> {
  const name = context.req.param("name") ?? "";
  let content = assets.get(name);
  if (!content) {
    const file = await web.readAsset(name);
    if (!file) throw notFound("no such asset");
    const cacheControl = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
    content = new SharedContent(file.body, { type: file.type, cacheControl });
    if (file.immutable) assets.set(name, content);
  }
  return await content.answer(context);
}

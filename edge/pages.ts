/** The pages and built assets, as `web/` renders them; this file adds only HTTP to them. */
import { type EdgeContext, notFound, pageFields, type Route } from "./http/mod.ts";
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
    handle: () => pageAnswer((nonce) => web.renderPage(path, { nonce })),
  });
  return [
    ...PAGES.map(page),
    {
      method: "GET",
      path: "/assets/:name",
      access: "public",
      handle: (context) => asset(web, context),
    },
  ];
}

/** The answer with the page that `render` makes, whose scripts and styles carry the nonce it is given. */
export function pageAnswer(render: (nonce: string) => string): Response {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
  return new Response(render(nonce), {
    headers: { "content-type": "text/html; charset=utf-8", ...pageFields(nonce) },
  });
}

async function asset(web: Web, context: EdgeContext): Promise<Response> {
  const file = await web.readAsset(context.req.param("name") ?? "");
  if (!file) throw notFound("no such asset");
  return new Response(file.body, {
    headers: {
      "content-type": file.type,
      "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    },
  });
}

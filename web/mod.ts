/**
 * The server's door to the pages: HTML documents, the workspace fragment and the built assets. Reads
 * `web/assets/` and nothing else; knows no HTTP framework and no data but what it is given.
 */
import { h } from "preact";
import { readManifest } from "./_assets.ts";
import { renderDocument } from "./_document.tsx";
import { AppPage } from "./pages/app.tsx";
import { LoginPage } from "./pages/login.tsx";

export { type Asset, readAsset } from "./_assets.ts";
export {
  renderWorkspace,
  type WorkspaceGroup,
  type WorkspaceOptions,
  type WorkspaceTodo,
} from "./_workspace.tsx";

/** Paths that have a page. */
export const PAGE_PATHS = ["/", "/login", "/app"] as const;
export type PagePath = (typeof PAGE_PATHS)[number];

/**
 * The HTML document of a page.
 *
 * @param context.nonce the nonce of the answer's Content-Security-Policy, base64 text
 * @throws {Error} when the assets have not been built
 */
export function renderPage(path: PagePath, context: { nonce: string }): string {
  const app = path === "/app";
  return renderDocument({
    title: app ? "Todo-1M" : "Sign in · Todo-1M",
    nonce: context.nonce,
    manifest: readManifest(),
    entry: app ? "app" : "login",
    body: h(app ? AppPage : LoginPage, null),
  });
}

/** A page that is no app: content rendered already, with a style and a script of its own. */
export interface StaticPage {
  readonly title: string;
  readonly style: string;
  readonly script: string;
  /** HTML of the body. */
  readonly html: string;
  /** As in {@link renderPage}. */
  readonly nonce: string;
}

/**
 * The HTML document around a page of somebody else.
 *
 * @throws {Error} when the assets have not been built
 */
export function renderStaticPage({ html, ...page }: StaticPage): string {
  const body = h("div", { dangerouslySetInnerHTML: { __html: html } });
  return renderDocument({ ...page, manifest: readManifest(), body });
}

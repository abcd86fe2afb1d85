/** The HTML document around a page: head, theme before first paint, scripts under the nonce. */
import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Manifest } from "./_assets.ts";

/** Sets a chosen theme before anything is painted; without one the system's applies. */
const THEME_SCRIPT =
  `try{var t=localStorage.getItem("todo1m.theme");if(t==="light"||t==="dark")document.documentElement.dataset.theme=t}catch{}`;

export interface DocumentOptions {
  readonly title: string;
  readonly nonce: string;
  readonly manifest: Manifest;
  /** Name of the page's browser entry in the manifest. */
  readonly entry?: string;
  /** Style and script of this page alone. */
  readonly style?: string;
  readonly script?: string;
  readonly body: ComponentChildren;
}

/** The whole document as HTML text. */
export function renderDocument(options: DocumentOptions): string {
  const { title, nonce, manifest, entry, style, script, body } = options;
  const scripts = entry === undefined ? undefined : manifest.entries[entry];
  if (entry !== undefined && !scripts) {
    throw new Error(`Cannot render a page: the manifest has no entry "${entry}"`);
  }
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#fbfbfc" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#0e1014" media="(prefers-color-scheme: dark)" />
        <meta
          name="description"
          content="Shared todo lists that everyone in the group sees change as it happens."
        />
        <title>{title}</title>
        <script nonce={nonce} dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
        <link rel="icon" type="image/svg+xml" href={manifest.files["favicon.svg"]} />
        <link rel="stylesheet" href={manifest.files["styles.css"]} />
        {style ? <style nonce={nonce} dangerouslySetInnerHTML={{ __html: style }} /> : null}
        {scripts?.preload.map((href) => (
          <link key={href} rel="modulepreload" href={href} nonce={nonce} />
        ))}
        {scripts ? <script type="module" src={scripts.src} nonce={nonce} /> : null}
        {script
          ? <script type="module" nonce={nonce} dangerouslySetInnerHTML={{ __html: script }} />
          : null}
      </head>
      <body>
        {body}
      </body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

import assert from "node:assert/strict";
import type { ComponentChildren } from "preact";
import type { Manifest } from "./_assets.ts";
import { renderDocument } from "./_document.tsx";
import { readAsset, renderWorkspace } from "./mod.ts";
import { AppPage } from "./pages/app.tsx";
import { LoginPage } from "./pages/login.tsx";

const manifest: Manifest = {
  files: { "styles.css": "/assets/styles-1.css", "favicon.svg": "/assets/favicon-1.svg" },
  entries: { page: { src: "/assets/page-1.js", preload: ["/assets/chunk-1.js"] } },
};

function render(body: ComponentChildren): string {
  return renderDocument({ title: "A title", nonce: "n0nce", manifest, entry: "page", body });
}

Deno.test("every script of a page carries the nonce, and nothing else runs", () => {
  for (const html of [render(<LoginPage />), render(<AppPage />)]) {
    const scripts = html.match(/<script[^>]*>/g) ?? [];
    assert.equal(scripts.length, 2);
    for (const script of scripts) assert.match(script, /nonce="n0nce"/);
    assert.match(html, /<link rel="modulepreload" href="\/assets\/chunk-1.js" nonce="n0nce"\/>/);
    assert.doesNotMatch(html, /\son[a-z]+=/);
    assert.doesNotMatch(html, /\sstyle=/);
  }
});

Deno.test("the login page is complete before any script runs", () => {
  const html = render(<LoginPage />);
  assert.match(html, /^<!doctype html><html lang="en">/);
  assert.match(html, /autocomplete="username"/);
  assert.match(html, /autocomplete="current-password"/);
  assert.match(html, /<label for="password">/);
});

Deno.test("a page without its bundle is an error that names the entry", () => {
  assert.throws(
    () => renderDocument({ title: "", nonce: "", manifest, entry: "nowhere", body: null }),
    /no entry "nowhere"/,
  );
});

Deno.test("the workspace fragment escapes what people wrote and shows one group's todos", () => {
  const groups = [
    { group_id: "g1", group_name: "<b>Home</b>", role: "owner" },
    { group_id: "g2", group_name: "Work", role: "member" },
  ];
  const todos = [
    { todo_id: "t1", title: '<img src=x onerror="alert(1)">', created_by_username: "ana" },
    { todo_id: "t2", title: "Done", completed: true },
  ];
  const html = renderWorkspace({ groups, selected: { group_id: "g1" }, todos });
  assert.doesNotMatch(html, /<img|<b>/);
  assert.match(html, /&lt;b>Home&lt;\/b>/);
  assert.match(html, /data-group-id="g1" data-connected="true"/);
  assert.match(html, /data-todo="t2" data-done="true"/);
  assert.doesNotMatch(renderWorkspace({ groups, todos }), /data-todo=/);
});

Deno.test("assets are found by the names the build makes, and by no others", async () => {
  for (const name of ["", "manifest.json", "../mod.ts", "..%2fmod.ts", "a/b.js", "nowhere-1.js"]) {
    assert.equal(await readAsset(name), undefined, name);
  }
});

Deno.test("a login form without its scripts sends nothing, and says that it needs them", () => {
  const html = render(<LoginPage />);
  assert.match(html, /<form method="dialog"/);
  assert.match(html, /<noscript><p[^>]*>Signing in needs JavaScript/);
});

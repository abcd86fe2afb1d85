import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { mainMirror, parseDeb822, parseSourcesList } from "./_apt_sources.ts";

Deno.test("the one-line format gives mirror, suite and key", () => {
  const sources = parseSourcesList(`
# deb http://old.example/debian buster main
deb-src http://mirror.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/keys/a.gpg] http://mirror.example/debian bookworm main contrib
`);
  deepStrictEqual(mainMirror(sources), {
    uri: "http://mirror.example/debian",
    suite: "bookworm",
    signedBy: "/keys/a.gpg",
  });
});

Deno.test("the deb822 format gives every suite of every enabled paragraph", () => {
  const sources = parseDeb822(`Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/b.gpg

Types: deb
URIs: http://mirror.example/off
Suites: bookworm
Enabled: no

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
`);
  deepStrictEqual(sources.map(({ suite }) => suite), ["bookworm", "bookworm-updates"]);
  strictEqual(mainMirror(sources)?.signedBy, "/keys/b.gpg");
});

Deno.test("a machine with only a security archive has no mirror", () => {
  const text = "deb http://mirror.example/debian-security bookworm-security main";
  strictEqual(mainMirror(parseSourcesList(text)), undefined);
});

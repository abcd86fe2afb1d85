import assert from "node:assert/strict";
import { targetFault } from "./request_target.ts";

/** The fault of a request of HTTP/1.1 as the runtime puts its URL together. */
const faultOf = (host: string | null, target = "/livez") =>
  targetFault({ host, url: `http://${host ?? "localhost:8080"}${target}` });

Deno.test("a host is a name or an address, with a port or without", () => {
  const hosts = ["edge", "edge:8080", "a.example:", "127.0.0.1:80", "[::1]", "[2001:db8::1]:8080"];
  for (const host of hosts) assert.equal(faultOf(host), undefined, host);
});

Deno.test("no host, or text that is none, is a fault", () => {
  assert.match(faultOf(null) ?? "", /is missing/);
  const hosts = [
    "",
    "x/metrics?",
    "x/openapi.json?",
    "x?",
    "x#",
    "x\\metrics",
    "a b/../@c",
    "user@edge",
    "edge:80:80",
    "edge:http",
    "edge:99999",
    "1.2.3.4.5",
    "[::g]",
    "::1",
    "a, b",
    "ä",
    "%4",
  ];
  for (const host of hosts) assert.notEqual(faultOf(host), undefined, host);
});

Deno.test("the path is the one that was sent, or the request is refused", () => {
  const fine = ["/", "/a/b?c=../d", "//a/b", "/a/..b/%2f..", "/a?b=/metrics", "/*", "/a%20b?'x'"];
  for (const target of fine) assert.equal(faultOf("edge", target), undefined, target);
  const wrong = ["/a/../b", "/a/./b", "/a/%2E%2e/b", "/a/..", "/a\\..\\b", "/a#/b", "/ä", ""];
  for (const target of wrong) assert.notEqual(faultOf("edge", target), undefined, target);
});

Deno.test("a whole URL as the target is held against the same rules", () => {
  assert.equal(targetFault({ host: "edge", url: "http://other/livez" }), undefined);
  assert.notEqual(targetFault({ host: "edge", url: "http://user@other/livez" }), undefined);
});

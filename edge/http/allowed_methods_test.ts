import assert from "node:assert/strict";
import { allowedMethods, overreaching } from "./allowed_methods.ts";
import type { PublicRoute } from "./route.ts";

const route = (method: PublicRoute["method"], path: string): PublicRoute => ({
  method,
  path,
  access: "public",
  handle: () => new Response(),
});
const routes = [
  route("GET", "/groups"),
  route("POST", "/groups"),
  route("DELETE", "/groups/:group_id"),
  route("PATCH", "/groups/:group_id"),
  route("PATCH", "/groups/first"),
  route("GET", "/.well-known/jwks.json"),
];
const methodsOf = allowedMethods(routes);

Deno.test("the methods of every matching route are listed, HEAD with GET and OPTIONS always", () => {
  assert.deepEqual(methodsOf("/groups"), ["GET", "HEAD", "POST", "OPTIONS"]);
  assert.deepEqual(methodsOf("/groups/g1"), ["DELETE", "PATCH", "OPTIONS"]);
});

Deno.test("a path that a route names without a parameter has the methods of that one only", () => {
  assert.deepEqual(methodsOf("/groups/first"), ["PATCH", "OPTIONS"]);
  assert.deepEqual(overreaching(routes).map(({ method }) => method), ["DELETE"]);
});

Deno.test("routes that differ in the names of parameters hide nothing from each other", () => {
  const same = [route("GET", "/a/:x"), route("PUT", "/a/:y"), route("GET", "/:z/b")];
  assert.deepEqual(allowedMethods(same)("/a/1"), ["GET", "HEAD", "PUT", "OPTIONS"]);
  assert.deepEqual(allowedMethods(same)("/a/b"), ["GET", "HEAD", "PUT", "OPTIONS"]);
  assert.deepEqual(overreaching(same), []);
});

Deno.test("a path without route has none", () => {
  assert.deepEqual(methodsOf("/groups/g1/more"), []);
  assert.deepEqual(methodsOf("/Xwell-known/jwksXjson"), []);
});

import assert from "node:assert/strict";
import { refreshCookie, refreshTokenOf } from "./cookie.ts";

const request = (headers: Record<string, string>) => new Request("http://edge/", { headers });

Deno.test("the cookie is for TLS wherever there is TLS", () => {
  assert.equal(
    refreshCookie("abc", { secure: true, maxAgeSeconds: 60 }),
    "__Secure-todo1m_refresh=abc; Path=/api/v1/auth; Max-Age=60; HttpOnly; SameSite=Strict; Secure",
  );
  assert.equal(
    refreshCookie("", { secure: false, maxAgeSeconds: 0 }),
    "todo1m_refresh=; Path=/api/v1/auth; Max-Age=0; HttpOnly; SameSite=Strict",
  );
});

Deno.test("the token is found among other cookies, under the name that fits", () => {
  const cookie = "a=1; todo1m_refresh=plain; __Secure-todo1m_refresh=tls; b=2";
  assert.equal(refreshTokenOf(request({ cookie }), false), "plain");
  assert.equal(refreshTokenOf(request({ cookie }), true), "tls");
  assert.equal(refreshTokenOf(request({ cookie: "todo1m_refresh=" }), false), undefined);
  assert.equal(refreshTokenOf(request({}), false), undefined);
});

/** What somebody does without a window: the few calls that browser tests make to the API. */
import assert from "node:assert/strict";
import { edgeUrl, PASSWORD } from "./_browser.ts";

/** Sends JSON to the edge as a client without a browser would; answers the JSON it gets. */
export async function call<T>(path: string, token?: string, body?: object): Promise<T> {
  const response = await fetch(edgeUrl() + path, {
    method: body ? "POST" : "GET",
    headers: {
      "content-type": "application/json",
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  assert.ok(response.ok, text);
  return JSON.parse(text) as T;
}

/** An access token of someone who registered in a window. */
export async function signIn(username: string): Promise<string> {
  const login = { username, password: PASSWORD };
  const session = await call<{ access_token: string }>("/api/v1/auth/login", undefined, login);
  return session.access_token;
}

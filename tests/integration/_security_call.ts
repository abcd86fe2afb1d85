/** Asks what a row of the table of who may do what asks, as one of the roles. */
import assert from "node:assert/strict";
import type { Place } from "../../edge/openapi/testing/mod.ts";
import { setting } from "../support/eventually.ts";
import type { Role, Scene } from "./_security_cast.ts";
import type { Request, Row } from "./_security_row.ts";

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * The answer to what `row` asks at `place`; of a stream only the head is read.
 *
 * @param headers fields that the request has besides
 */
export async function ask(
  { place, row }: { readonly place: Place; readonly row: Row },
  role: Role,
  { cast, things }: Scene,
  headers: Readonly<Record<string, string>> = {},
): Promise<Told> {
  const self = cast[role === "anonymous" ? "owner" : role];
  const request = row.ask(things, cast, self);
  const response = await fetch(addressOf(place, request), {
    method: place.method,
    headers: {
      ...headers,
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
      ...(role === "anonymous" ? {} : { authorization: `Bearer ${self.token}` }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const told = { status: response.status, headers: response.headers };
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return { ...told, text: await response.text() };
  }
  await response.body?.cancel();
  return { ...told, text: "" };
}

function addressOf({ path }: Place, request: Request): string {
  const pathname = path.replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
    const value = request.path?.[name];
    assert.ok(value !== undefined, `the row gives ${name} of ${path}`);
    return encodeURIComponent(value);
  });
  const url = new URL(pathname, setting("TEST_EDGE_URL"));
  for (const [name, value] of Object.entries(request.query ?? {})) {
    url.searchParams.set(name, String(value));
  }
  return url.href;
}

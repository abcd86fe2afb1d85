/**
 * Nobody reads or changes what is not theirs: each operation that the served document says is for users is
 * asked by every role about the same things. Who is outside a group is told what they would be told of a group
 * that does not exist, sees nothing of it, and changes nothing.
 */
import assert from "node:assert/strict";
import type { Place } from "../../edge/openapi/testing/mod.ts";
import { Api } from "./_api_document.ts";
import { send } from "./_edge_client.ts";
import { ask, type Told } from "./_security_call.ts";
import {
  absentThings,
  type Cast,
  newCast,
  newScene,
  OUTSIDERS,
  probe,
  type Role,
  ROLES,
  type Scene,
  type Things,
} from "./_security_cast.ts";
import type { Row } from "./_security_row.ts";
import { FOR_ANYBODY, operationOf, ROWS } from "./_security_rows.ts";

interface Choices {
  readonly oneOf?: readonly { readonly $ref: string }[];
  readonly anyOf?: readonly { readonly $ref: string }[];
}

interface Described {
  readonly properties: { readonly type: { readonly const: string } };
}

const ALL_REFUSED = Object.fromEntries(ROLES.map((role) => [role, 401])) as Record<Role, number>;
const needs = ({ security }: Place["operation"], token: string) =>
  security.some((each) => token in each);
let shared: Promise<Cast> | undefined;

Deno.test("every operation for users has a row of who may do it, and every row an operation", async () => {
  const { places } = await Api.read();
  const forUsers = places
    .filter(({ operation }) => needs(operation, "accessToken") || needs(operation, "refreshCookie"))
    .map(({ operation }) => operation.operationId);
  assert.ok(forUsers.length > 20, `${forUsers.length} operations are for users`);
  assert.deepEqual(new Set(Object.keys(ROWS).map(operationOf)), new Set(forUsers));
});

Deno.test("every type of command has a row of who may send it", async () => {
  const { schemas } = (await Api.read()).document.components;
  const { oneOf = [], anyOf = [] } = schemas["NativeCommand"] as Choices;
  const types = [...oneOf, ...anyOf].map(({ $ref }) => {
    const schema = schemas[$ref.split("/").at(-1) ?? ""] as Described;
    return `sendCommand ${schema.properties.type.const}`;
  });
  assert.ok(types.length > 20, `${types.length} types`);
  for (const type of types) assert.ok(type in ROWS, type);
});

Deno.test("every operation for anybody is known to be, and tells nothing of a group", async () => {
  const { places } = await Api.read();
  const open = places.filter(({ operation }) => operation.security.length === 0);
  assert.deepEqual(
    open.map(({ operation }) => operation.operationId).sort(),
    Object.keys(FOR_ANYBODY).sort(),
  );
  const { cast, things, secret } = await newScene(await (shared ??= newCast()));
  for (const { method, path } of open.filter(({ method }) => method === "GET")) {
    for (const id of [things.group, things.todo]) {
      const address = path.replaceAll(/\{[^}]*\}/g, id);
      const { text } = await send(method, `${address}?group_id=${things.group}`, cast.owner);
      assert.ok(!text.includes(secret), `${method} ${address}`);
    }
  }
});

Deno.test("operations for operators take no user's token, whoever it is", async () => {
  const { places } = await Api.read();
  const cast = await (shared ??= newCast());
  const nothing: Row = {
    ask: () => ({ path: { sequence: 1, job_id: crypto.randomUUID() } }),
    statuses: ALL_REFUSED,
  };
  const forOperators = places
    .filter(({ operation }) => needs(operation, "opsToken"));
  assert.ok(forOperators.length > 3, `${forOperators.length} operations are for operators`);
  const scene = await newScene(cast);
  for (const place of forOperators) {
    for (const role of ROLES) await judge(place, nothing, role, scene);
  }
});

for (const [name, row] of Object.entries(ROWS)) {
  Deno.test(`only who may does, and others learn and change nothing: ${name}`, async () => {
    const { places } = await Api.read();
    const place = places.find(({ operation }) => operation.operationId === operationOf(name));
    assert.ok(place, `${name} is in the document`);
    const cast = await (row.changesAccounts ? newCast() : shared ??= newCast());
    const scene = await newScene(cast);
    for (const role of ROLES) await judge(place, row, role, scene);
  });
}

async function judge(place: Place, row: Row, role: Role, scene: Scene): Promise<void> {
  const what = `${place.operation.operationId} by ${role}`;
  const things = { ...scene.things, ...await row.before?.(scene) };
  const outside = role === "anonymous" || OUTSIDERS.includes(role);
  const expected = row.statuses[role];
  const harmless = outside || expected >= 400;
  const version = harmless ? await probe(scene) : 0;

  const answer = await ask({ place, row }, role, { ...scene, things });
  assert.equal(answer.status, expected, `${what}: ${answer.text}`);
  const stored = answer.headers.get("cache-control") ?? "";
  assert.match(stored, /^no-store(, no-transform)?$/, `${what} is stored nowhere`);
  if (outside) assert.ok(!answer.text.includes(scene.secret), `${what} tells ${answer.text}`);
  else if (row.tells) assert.ok(answer.text.includes(scene.secret), `${what} tells the group`);
  if (OUTSIDERS.includes(role) && expected === 404) {
    const absent = absentThings();
    const nothing = await ask({ place, row }, role, { ...scene, things: absent });
    assert.deepEqual(told(answer, things), told(nothing, absent), what);
  }
  await row.after?.({ ...scene, things });
  if (harmless) assert.equal(await probe(scene), version + 1, `${what} changes nothing`);
}

/** What an answer tells, without what differs between any two answers. */
function told({ status, text }: Told, things: Things): unknown {
  const { instance: _instance, trace_id: _traceId, ...rest } = JSON.parse(text) as {
    instance?: string;
    trace_id?: string;
  };
  const ids = Object.values(things).map(String).sort((a, b) => b.length - a.length);
  const neutral = JSON.stringify(rest).replaceAll(RegExp(`\\b(${ids.join("|")})\\b`, "g"), "ID");
  return { status, neutral };
}

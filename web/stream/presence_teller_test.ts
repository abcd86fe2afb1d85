/** What the server is told of its user's presence, by a server that loses and refuses requests. */
import assert from "node:assert/strict";
import { presenceTeller } from "./presence_teller.ts";

const TOKENS = { token: () => Promise.resolve("t"), replace: () => Promise.resolve("t") };

/** Answers what is told with `statuses` in turn, 204 after that; gathers what was told. */
function server(statuses: readonly number[]): Disposable & { readonly told: string[] } {
  const original = globalThis.fetch;
  const left = [...statuses];
  const told: string[] = [];
  globalThis.fetch = (_input, init) => {
    const { state, todo_id } = JSON.parse(String(init?.body));
    told.push(todo_id === undefined ? state : `${state} ${todo_id}`);
    const status = left.shift() ?? 204;
    if (status === 0) return Promise.reject(new TypeError("connection refused"));
    return Promise.resolve(new Response(null, { status }));
  };
  return { told, [Symbol.dispose]: () => globalThis.fetch = original };
}

const settled = (ms = 20) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("only what the server does not know is told: the last word, one at a time", async () => {
  using at = server([]);
  const say = presenceTeller(TOKENS);
  say("g", { state: "viewing" }, true);
  await settled();
  assert.deepEqual(at.told, []);
  say("g", { state: "editing", todo_id: "1" }, false);
  say("g", { state: "editing", todo_id: "2" }, false);
  say("g", { state: "editing", todo_id: "3" }, false);
  await settled();
  assert.deepEqual(at.told, ["editing 1", "editing 3"]);
  say("g", { state: "viewing" }, false);
  await settled();
  assert.equal(at.told.at(-1), "viewing");
});

Deno.test("a new stream is told again what its user edits", async () => {
  using at = server([]);
  const say = presenceTeller(TOKENS);
  for (let n = 0; n < 2; n++) {
    say("g", { state: "editing", todo_id: "1" }, true);
    await settled();
  }
  assert.deepEqual(at.told, ["editing 1", "editing 1"]);
});

Deno.test("what got lost is told again, what is refused is left to the next stream", async () => {
  using at = server([0, 409]);
  const say = presenceTeller(TOKENS);
  say("g", { state: "editing", todo_id: "1" }, true);
  await settled(700);
  assert.deepEqual(at.told, ["editing 1", "editing 1"]);
  await settled(700);
  assert.equal(at.told.length, 2);
  say("g", { state: "editing", todo_id: "1" }, true);
  await settled();
  assert.equal(at.told.length, 3);
});

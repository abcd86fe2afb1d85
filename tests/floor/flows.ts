/** What the edge is for, done with the edge on the older Deno. Each flow throws where one is broken. */
import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { call, createTodo, groupOf, login, personOf, somebody, titlesIn } from "./call.ts";
import { isReady, type OlderEdge } from "./older_edge.ts";
import type { Site } from "./site.ts";

export interface Flow {
  readonly name: string;
  readonly run: (site: Site) => Promise<void>;
}

/** Longest that others may wait for while passwords are hashed on the thread that answers. */
const HELD_UP_MS = 1_000;
const OUTAGE_MS = 30_000;

/** In the order in which they run; the last but one ends the edge. */
export const FLOWS: readonly Flow[] = [
  {
    name: "people register, sign in, refresh and sign out, and wrong passwords are refused",
    async run({ edge: { url } }) {
      const { username } = await somebody(url);
      assert.equal((await login(url, username, "wrong horse battery")).status, 401);
      assert.equal((await login(url, username, "")).status, 401);
      const { token, refreshToken } = personOf(await login(url, username));
      const refreshed = await call(`${url}/api/v1/auth/refresh`, {
        body: { refresh_token: refreshToken },
      });
      assert.equal(refreshed.status, 200, refreshed.text);
      assert.equal((await call(`${url}/api/v1/groups`, { token })).status, 200);
      const fresh = personOf(refreshed);
      const out = await call(`${url}/api/v1/auth/logout`, {
        token: fresh.token,
        body: { refresh_token: fresh.refreshToken },
      });
      assert.equal(out.status, 204, out.text);
      assert.equal((await call(`${url}/api/v1/groups`, { token: fresh.token })).status, 401);
    },
  },
  {
    name: "either edge takes the passwords and tokens of the other",
    async run({ edge: { url }, presentUrl }) {
      const [here, there] = await Promise.all([somebody(url), somebody(presentUrl)]);
      for (const [edge, { username, token }] of [[presentUrl, here], [url, there]] as const) {
        assert.equal((await login(edge, username)).status, 200);
        assert.equal((await login(edge, username, "wrong horse battery")).status, 401);
        assert.equal((await call(`${edge}/api/v1/groups`, { token })).status, 200);
      }
    },
  },
  {
    name: "while many passwords are hashed others are answered",
    run: ({ edge }) => answersWhileHashing(edge.url),
  },
  {
    name: "commands in both dialects are decided, and read back at once at either edge",
    async run({ edge: { url }, presentUrl }) {
      const [owner, member] = await Promise.all([somebody(url), somebody(url)]);
      const groupId = await groupOf(url, owner);
      assert.deepEqual(await titlesIn(url, owner, { groupId }), []);
      const stranger = await createTodo(url, member, { groupId, title: "Mine" });
      assert.ok([403, 404].includes(stranger.status), stranger.text);
      const added = await call(`${url}/api/v1/groups/${groupId}/members`, {
        token: owner.token,
        body: { username: member.username },
      });
      assert.equal(added.status, 204, added.text);
      const own = await createTodo(url, member, { groupId, title: "Flowers" });
      assert.equal(own.status, 201, own.text);
      assert.deepEqual(await titlesIn(url, member, { groupId }), ["Flowers"]);
      const plain = await call(`${url}/api/v1/command`, {
        token: owner.token,
        body: { group_id: groupId, title: "Roses" },
      });
      // Todo-1M's answer to what was decided.
      assert.equal(plain.status, 202, plain.text);
      const minVersion = plain.body.version;
      assert.ok(minVersion !== undefined && minVersion > (own.body.version ?? 0), plain.text);
      for (const edge of [url, presentUrl]) {
        const titles = await titlesIn(edge, owner, { groupId, minVersion });
        assert.deepEqual(titles.toSorted(), ["Flowers", "Roses"]);
      }
    },
  },
  {
    name: "Taskboard's clients are served",
    async run({ edge: { url } }) {
      const { token } = await somebody(url);
      const task = { board_id: 1, title: "Tulips", description: "Red", created_by: 100 };
      const made = await call(`${url}/api/tasks`, { token, body: task });
      assert.equal(made.status, 201, made.text);
      const read = await call(`${url}/api/tasks/${made.body.id}`, { token });
      assert.match(read.text, /"Tulips"/);
    },
  },
  {
    name: "an entity tag saves the body of what has not changed",
    async run({ edge: { url } }) {
      const owner = await somebody(url);
      const groupId = await groupOf(url, owner);
      const path = `${url}/api/v1/todos?group_id=${groupId}`;
      const first = await call(path, { token: owner.token });
      const tag = first.headers.get("etag") ?? "";
      assert.notEqual(tag, "");
      const headers = { "if-none-match": tag };
      assert.equal((await call(path, { token: owner.token, headers })).status, 304);
    },
  },
  {
    name: "the documents, the pages, their assets and the metrics are served",
    async run({ edge: { url } }) {
      const openapi = await call(`${url}/openapi.json`);
      assert.match(openapi.body.openapi ?? "", /^3\.1/);
      assert.match(openapi.headers.get("etag") ?? "", /-(gzip|br)"$/, "it came compressed");
      assert.match((await call(`${url}/asyncapi.json`)).body.asyncapi ?? "", /^3\./);
      for (const path of ["/docs", "/login"]) {
        const page = await call(url + path);
        assert.equal(page.status, 200, `${path}: ${page.text}`);
        assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
        const [asset] = /\/assets\/[\w-]+\.(?:css|js)/.exec(page.text) ?? [];
        assert.equal((await call(`${url}${asset}`)).status, 200, `${path}: ${asset}`);
      }
      assert.match((await call(`${url}/metrics`)).text, /process_resident_memory_bytes|tf_/);
    },
  },
  {
    name: "a stream passes through, event by event",
    async run({ edge: { url }, presentUrl }) {
      const owner = await somebody(url);
      const groupId = await groupOf(url, owner);
      const leave = new AbortController();
      const stream = await fetch(`${url}/events?group_id=${groupId}`, {
        headers: { authorization: `Bearer ${owner.token}` },
        signal: AbortSignal.any([leave.signal, AbortSignal.timeout(20_000)]),
      });
      assert.equal(stream.status, 200);
      assert.ok(stream.body);
      const reader = stream.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (const [edge, title] of [[url, "Flowers"], [presentUrl, "Roses"]] as const) {
        assert.equal((await createTodo(edge, owner, { groupId, title })).status, 201);
        while (!text.includes(title)) {
          const { done, value } = await reader.read();
          assert.ok(!done, `The stream ended after ${text}`);
          text += value;
        }
      }
      await reader.cancel();
      leave.abort();
    },
  },
  {
    name: "without NATS commands are refused and reads go on; the edge comes back with it",
    async run({ edge: { url }, nats }) {
      const owner = await somebody(url);
      const groupId = await groupOf(url, owner);
      assert.equal((await createTodo(url, owner, { groupId, title: "Before" })).status, 201);
      const { pid } = nats;
      Deno.kill(pid, "SIGKILL");
      const startedAt = performance.now();
      const refused = await createTodo(url, owner, { groupId, title: "Lost" });
      assert.ok(refused.status >= 500, `${refused.status} ${refused.text}`);
      assert.ok(performance.now() - startedAt < 5_000, "refused in time");
      assert.equal((await call(`${url}/api/v1/groups`, { token: owner.token })).status, 200);
      await eventually(() => nats.pid !== pid && isReady(url), "the edge to be ready", OUTAGE_MS);
      await eventually(
        async () => (await createTodo(url, owner, { groupId, title: "After" })).status === 201,
        "a command to be decided",
        OUTAGE_MS,
      );
      const titles = await titlesIn(url, owner, { groupId });
      assert.ok(titles.includes("Before") && titles.includes("After"), String(titles));
    },
  },
  {
    name: "started as Deno Deploy starts it the edge works as well",
    async run({ deploy }) {
      await using edge = await deploy();
      const owner = await somebody(edge.url);
      const groupId = await groupOf(edge.url, owner);
      const made = await createTodo(edge.url, owner, { groupId, title: "Deployed" });
      assert.equal(made.status, 201, made.text);
      await answersWhileHashing(edge.url);
      assertNothingMissing(edge);
    },
  },
  {
    name: "asked to stop, the edge ends its streams and itself",
    async run({ edge }) {
      const owner = await somebody(edge.url);
      const groupId = await groupOf(edge.url, owner);
      const stream = await fetch(`${edge.url}/events?group_id=${groupId}`, {
        headers: { authorization: `Bearer ${owner.token}` },
        signal: AbortSignal.timeout(20_000),
      });
      assert.equal(stream.status, 200);
      const [code] = await Promise.all([edge.stop(), assert.rejects(stream.text())]);
      assert.equal(code, 0);
    },
  },
  {
    name: "nothing was missing in the runtime",
    run: ({ edge }) => Promise.resolve(assertNothingMissing(edge)),
  },
];

/** Checks that the edge has not logged that it misses what newer runtimes have. */
function assertNothingMissing(edge: OlderEdge): void {
  assert.doesNotMatch(edge.log(), /"level":"FATAL"|is not a function|is not defined|Uncaught/);
}

/** Checks that somebody who reads is served while twelve people register. */
async function answersWhileHashing(url: string): Promise<void> {
  const { token } = await somebody(url);
  let waiting = true;
  const people = Promise.all(Array.from({ length: 12 }, () => somebody(url)));
  const over = people.finally(() => waiting = false);
  let answers = 0;
  let longestMs = 0;
  while (waiting) {
    const startedAt = performance.now();
    assert.equal((await call(`${url}/api/v1/groups`, { token })).status, 200);
    longestMs = Math.max(longestMs, performance.now() - startedAt);
    answers++;
  }
  await over;
  const told = `${answers} answers, the slowest after ${Math.round(longestMs)} ms`;
  assert.ok(answers >= 3 && longestMs < HELD_UP_MS, told);
  console.log(`  ${told}`);
}

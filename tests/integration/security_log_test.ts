/**
 * What the log tells: who asked what and how it ended, one line of JSON each, whatever is sent; and no
 * password, token or text of a todo, at any level.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { readState } from "../../dev/mod.ts";
import { setting } from "../support/eventually.ts";
import { groupOf, send, somebody } from "./_edge_client.ts";
import { post, posted, type Site, status, withEdge } from "./_edge_process.ts";
import { until } from "./_until.ts";

const LOUD = { LOG_LEVEL: "trace", LOG_REQUESTS: "on" };
const PATIENCE_MS = 5_000;

type Line = Readonly<Record<string, unknown>>;

/** Every line of the log up to now as JSON; fails at one that is none. */
async function linesOf({ url, log }: Site): Promise<Line[]> {
  const { headers, body } = await fetch(`${url}/the/end/of/the/test`);
  await body?.cancel();
  const last = headers.get("request-id") ?? "none";
  await until(() => log().includes(last), PATIENCE_MS, log);
  // Before the first line of the edge's own the runtime may say something of its flags.
  const own = log().slice(log().indexOf('{"'));
  return own.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

Deno.test("no password, token or text of a todo is in the edge's log, whatever its level", () =>
  withEdge(async (site) => {
    const { url, log } = site;
    const auth = `${url}/api/v1/auth`;
    const password = "canary-password-of-the-test";
    const title = "canary-title-of-the-test";
    const secrets = [password, title];
    const keep = ({ body }: { body: Record<string, string> }) => {
      const token = body["access_token"] ?? "";
      const refresh_token = body["refresh_token"] ?? "";
      assert.ok(token.length > 100 && refresh_token.length > 20);
      secrets.push(token, refresh_token);
      return { token, refresh_token };
    };
    const first = keep(await post(`${auth}/register`, { username: "ana", password }));
    keep(await post(`${auth}/login`, { username: "ana", password }));
    await post(`${auth}/login`, { username: "nobody", password });
    await post(`${auth}/login`, { username: password, password, [password]: 1 });
    const next = keep(await post(`${auth}/refresh`, { refresh_token: first.refresh_token }));
    await post(`${auth}/refresh`, { refresh_token: `${next.refresh_token}x` });
    const { token } = first;
    const command = { type: "todo.create", group_id: "g", payload: { title } };
    const sent = await post(`${url}/api/v1/command`, command, token);
    assert.equal(sent.status, 202);
    await post(`${url}/api/v1/command`, { ...command, payload: { title, extra: title } }, token);
    await post(`${url}/api/v1/command`, { ...command, [title]: 1 }, token);
    await status(`${url}/api/v1/groups?token=${token}&access_token=${token}`);
    await status(`${url}/nothing/${token}`, { headers: { cookie: `refresh=${token}` } });
    await status(`${url}/api/v1/groups`, { headers: { authorization: `Bearer ${token}x` } });

    const lines = await linesOf(site);
    assert.ok(lines.length > 10, log());
    for (const secret of secrets) assert.equal(log().includes(secret), false, secret.slice(0, 12));
  }, LOUD));

Deno.test("no process of the running stack has written a secret or a text of a todo into its log", async () => {
  const person = await somebody();
  const title = `canary-${crypto.randomUUID()}`;
  const group_id = await groupOf(person, title);
  const { token } = person;
  for (const payload of [{ title }, { title, [title]: 1 }, { title: `\0${title}` }]) {
    await send("POST", "/api/v1/command", {
      token,
      body: { type: "todo.create", group_id, payload },
    });
  }
  const read = await send("GET", `/ui/workspace?group_id=${group_id}`, { token });
  assert.ok(read.text.includes(title), "the read model has it");

  const state = await readState(setting("TEST_DEV_JSON"));
  assert.ok(state);
  const { d } = JSON.parse(await readFile(`${state.dataDir}/secrets/signing_key.json`, "utf8"));
  const secrets = [title, token, person.refreshToken, setting("TEST_OPS_TOKEN"), String(d)];
  const logs = (await readdir(`${state.dataDir}/logs`)).filter((name) => name.endsWith(".log"));
  for (const process of ["edge", "group-host", "projector", "streamer", "nats"]) {
    assert.ok(logs.some((name) => name.startsWith(process)), `${process} has a log among ${logs}`);
  }
  for (const name of logs) {
    const text: string = await readFile(`${state.dataDir}/logs/${name}`, "utf8");
    for (const secret of secrets) {
      assert.ok(secret.length > 20);
      assert.equal(text.includes(secret), false, `${name} tells ${secret.slice(0, 8)}…`);
    }
  }
});

Deno.test("a line tells when, who, what and how it ended, and nobody can write a line of their own", () =>
  withEdge(async (site) => {
    const { url } = site;
    const breaks = ["\n", "\r\n", "\r", "\u2028", "\u0085", "\x1b[2K", '"}\n{"level":"FATAL"'];
    const forged = (text: string) => `a${text}{"message":"forged","level":"INFO"}`;
    const registered = await post(`${url}/api/v1/auth/register`, {
      username: "ana",
      password: "correct horse",
    });
    assert.equal(registered.status, 201);
    const { user_id, token } = registered.body;
    for (const text of breaks) {
      const username = forged(text);
      await post(`${url}/api/v1/auth/login`, { username, password: "wrong password" });
      await status(`${url}/${encodeURIComponent(username)}?q=${encodeURIComponent(username)}`);
      await status(`${url}/api/v1/groups/${encodeURIComponent(username)}`, {
        headers: { authorization: `Bearer ${token}`, "user-agent": encodeURIComponent(username) },
      });
    }
    await post(`${url}/api/v1/auth/login`, { username: "ana", password: "wrong password" });
    const password = "correct horse";
    const signedIn = await post(`${url}/api/v1/auth/login`, { username: "ana", password });
    const { refresh_token } = signedIn.body;
    await post(`${url}/api/v1/auth/refresh`, { refresh_token });

    const lines = await linesOf(site);
    assert.equal(lines.filter(({ message }) => message === "forged").length, 0);
    const requests = lines.filter(({ message }) => message === "request");
    for (const line of requests) {
      assert.match(String(line["@timestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      for (const name of ["request_id", "trace_id"]) {
        assert.match(String(line[name]), /^[0-9a-f]{32}$/);
      }
    }
    const told = (route: string, code: number) =>
      requests.filter((line) => line["route"] === route && line["status"] === code);
    assert.equal(told("/api/v1/auth/register", 201).length, 1, "who signs up");
    assert.equal(told("/api/v1/auth/login", 401).length, breaks.length + 1, "who is not");
    for (const [act, code] of [["register", 201], ["login", 200], ["refresh", 200]] as const) {
      const [line] = told(`/api/v1/auth/${act}`, code);
      assert.equal(line?.["user_id"], user_id, act);
    }
    const failed = lines.filter(({ logger, act, result }) =>
      logger === "todo1m.audit" && act === "login" && result === "unauthenticated"
    );
    assert.equal(failed.length, breaks.length + 1);
    for (const line of failed) assert.equal(line["address"], "127.0.0.1");
    const refused = told("/api/v1/groups/:group_id", 400);
    assert.equal(refused.length, breaks.length);
    for (const line of refused) assert.equal(line["user_id"], user_id);
  }, LOUD));

Deno.test("an address that the client makes up moves no limit, unless a trusted proxy says so", async () => {
  const statuses = (url: string) =>
    Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        status(
          `${url}/api/v1/auth/login`,
          posted({}, {
            "x-forwarded-for": `203.0.113.${i}, 198.51.100.${i}`,
            "x-real-ip": `203.0.113.${i}`,
            forwarded: `for=203.0.113.${i}`,
          }),
        )),
    );
  const settings = { RATE_LIMIT_AUTH: "3" };
  await withEdge(async ({ url }) => {
    assert.equal((await statuses(url)).filter((code) => code === 429).length, 3);
  }, { ...settings, TRUSTED_PROXIES: "192.0.2.1" });
  await withEdge(async ({ url }) => {
    assert.equal((await statuses(url)).filter((code) => code === 429).length, 0);
  }, { ...settings, TRUSTED_PROXIES: "127.0.0.1" });
});

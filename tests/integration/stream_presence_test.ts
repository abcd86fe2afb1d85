/** Presence over real streamers: who sees whom, for how long, and what a death or a removal changes. */
import assert from "node:assert/strict";
import { pause } from "../../actors/platform/mod.ts";
import { freePort } from "../../dev/mod.ts";
import { SocketClient } from "./_socket_client.ts";
import { StreamClient, withStreams } from "./_stream_fixture.ts";
import { until } from "./_until.ts";

interface Told {
  readonly group_id: string;
  readonly count: number;
  readonly users?: readonly {
    readonly user_id: string;
    readonly state: string;
    readonly todo_id?: string;
  }[];
}

const lastOf = (client: SocketClient | StreamClient): Told | undefined => {
  if (client instanceof SocketClient) return client.last("presence") as Told | undefined;
  const frame = client.frames.findLast(({ event }) => event === "presence");
  return frame && JSON.parse(frame.data);
};
const idsOf = (client: SocketClient | StreamClient) =>
  lastOf(client)?.users?.map(({ user_id }) => user_id).sort().join() ?? "";
const sees = (client: SocketClient | StreamClient, ids: string, timeoutMs = 5_000) =>
  client.until(() => idsOf(client) === ids, `to see ${ids}, not ${idsOf(client)}`, timeoutMs);

Deno.test("members at two streamers see each other on both kinds of streams, and what each does", () =>
  withStreams(async ({ start, group, token }) => {
    const [one, two] = [await start(), await start()];
    const home = await group("ana");
    for (const user of ["ben", "cem"]) await home.append(home.writer.addMember(user));
    const ana = await StreamClient.open(one, await token("ana"), [home], undefined, "&presence=1");
    const tab = await StreamClient.open(two, await token("ana"), [home], undefined, "&presence=1");
    const ben = await SocketClient.open(two);
    await ben.ask({ op: "auth", token: await token("ben") });
    await ben.sub([home], undefined, { presence: true });
    const cem = await StreamClient.open(one, await token("cem"), [home]);
    for (const client of [ana, tab, ben]) await sees(client, "ana,ben");
    assert.equal(lastOf(ana)?.count, 2, "two tabs are one person");

    await ben.ask({ op: "presence", group_id: home.id, state: "editing", todo_id: "t1" });
    const doing = (client: SocketClient | StreamClient, id: string) =>
      lastOf(client)?.users?.find(({ user_id }) => user_id === id);
    await ana.until(() => doing(ana, "ben")?.todo_id === "t1", "ben to edit");
    const say = async (user: string, body: object) => {
      const response = await fetch(`http://127.0.0.1:${one.port}/events/presence`, {
        method: "PUT",
        headers: { authorization: `Bearer ${await token(user)}` },
        body: JSON.stringify({ group_id: home.id, ...body }),
      });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await say("ana", { state: "editing", todo_id: "t2" }), 204);
    await ben.until(() => doing(ben, "ana")?.todo_id === "t2", "ana to edit");
    assert.equal(await say("ana", { state: "sleeping" }), 422);

    await home.append(home.writer.addTodos(1));
    await ana.caughtUp(home);
    const { cursor } = ana.model;
    const leftAt = performance.now();
    await ben.close();
    await sees(ana, "ana");
    assert.ok(performance.now() - leftAt < 2_500, "soon after");
    assert.equal(ana.model.cursor, cursor, "presence moves no cursor");
    assert.ok(ana.frames.every(({ event, id }) => event !== "presence" || id === undefined));
    assert.ok(!cem.events.includes("presence"), "who did not ask is told nothing, and not shown");
    for (const client of [ana, tab, cem]) await client.close();
  }));

Deno.test("who says what they do is told when no stream of theirs shows the presence of the group", () =>
  withStreams(async ({ start, group, token }) => {
    const [one, two] = [await start(), await start()];
    const home = await group("ana");
    for (const user of ["ben", "cem"]) await home.append(home.writer.addMember(user));
    const ana = await StreamClient.open(one, await token("ana"), [home], undefined, "&presence=1");
    const ben = await SocketClient.open(one);
    await ben.ask({ op: "auth", token: await token("ben") });
    await ben.sub([home], undefined, { presence: true });
    const cem = await StreamClient.open(one, await token("cem"), [home]);
    await sees(ana, "ana,ben");
    const say = async (user: string, at: { readonly port: number }, group_id = home.id) => {
      const response = await fetch(`http://127.0.0.1:${at.port}/events/presence`, {
        method: "PUT",
        headers: { authorization: `Bearer ${await token(user)}` },
        body: JSON.stringify({ group_id, state: "editing" }),
      });
      return { status: response.status, text: await response.text() };
    };
    // As behind a balancer: whichever streamer is asked, the stream counts wherever it is.
    for (const at of [one, two]) assert.deepEqual(await say("ana", at), { status: 204, text: "" });
    const cases: [user: string, at: { readonly port: number }, groupId?: string][] = [
      ["stranger", one],
      ["stranger", two],
      ["cem", one],
      ["ben", two],
      ["ana", one, "no-such-group"],
    ];
    await Promise.all(cases.map(async ([user, at, groupId = home.id]) => {
      const { status, text } = await say(user, at, groupId);
      assert.equal(status, 409, `${user}: ${text}`);
      const { code, detail, errors } = JSON.parse(text);
      assert.equal(code, "conflict");
      assert.match(detail, /open one with presence=1/);
      assert.deepEqual([errors[0].pointer, errors[0].code], ["/group_id", "not-followed"]);
    }));
    await ana.close();
    await until(
      async () => (await say("ana", two)).status === 409,
      8_000,
      () => "the closed stream not to count",
    );
    for (const client of [ben, cem]) await client.close();
  }));

Deno.test("a stream of two groups takes part in the presence of the one that it names", () =>
  withStreams(async ({ start, group, token }) => {
    const streamer = await start();
    const [shown, hidden] = [await group("ana"), await group("ana")];
    const ana = await StreamClient.open(
      streamer,
      await token("ana"),
      [shown, hidden],
      undefined,
      `&presence=${shown.id}`,
    );
    await sees(ana, "ana");
    assert.equal(lastOf(ana)?.group_id, shown.id);
    const say = async (group_id: string) => {
      const response = await fetch(`http://127.0.0.1:${streamer.port}/events/presence`, {
        method: "PUT",
        headers: { authorization: `Bearer ${await token("ana")}` },
        body: JSON.stringify({ group_id, state: "editing" }),
      });
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await say(shown.id), 204);
    assert.equal(await say(hidden.id), 409);
    assert.ok(
      ana.frames.every(({ event, data }) =>
        event !== "presence" || JSON.parse(data).group_id === shown.id
      ),
    );
    await ana.close();
  }));

Deno.test("a removed member vanishes for the others, and sees nobody any more", () =>
  withStreams(async ({ start, group, token }) => {
    const [one, two] = [await start(), await start()];
    const home = await group("ana");
    await home.append(home.writer.addMember("ben"));
    const present = async (user: string, at: { readonly port: number }) => {
      const client = await SocketClient.open(at);
      await client.ask({ op: "auth", token: await token(user) });
      await client.sub([home], undefined, { presence: true });
      return client;
    };
    const [ana, ben] = [await present("ana", one), await present("ben", two)];
    await sees(ana, "ana,ben");
    await sees(ben, "ana,ben");
    await home.append(home.writer.removeMember("ben"));
    await sees(ana, "ana");
    await ben.until(() => ben.count("revoked") === 1, "the revocation");
    const seen = ben.count("presence");
    const cem = await present("ana", two);
    await ana.ask({ op: "presence", group_id: home.id, state: "editing" });
    await cem.until(() => lastOf(cem)?.users?.[0]?.state === "editing", "the news");
    assert.equal(ben.count("presence"), seen);
    const refused = await ben.ask({ op: "presence", group_id: home.id, state: "viewing" });
    assert.equal(refused.op, "nack");
    for (const client of [ana, ben, cem]) await client.close();
  }));

Deno.test("everybody at a streamer that is killed is gone within ten seconds", () =>
  withStreams(async ({ start, group, token, natsUrl, jwks }) => {
    const one = await start();
    const home = await group("ana");
    await home.append(home.writer.addMember("ben"));
    const port = freePort();
    await using child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-P=streamer", "actors/stream/main.ts"],
      env: { NATS_URL: natsUrl, JWKS: jwks, PORT: `${port}`, ENVIRONMENT: "development" },
      stdout: "null",
      stderr: "null",
    }).spawn();
    const isReady = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(async (response) => {
        await response.body?.cancel();
        return response.ok;
      }, () => false);
    await until(isReady, 20_000, () => "the streamer to start");
    const ana = await StreamClient.open(one, await token("ana"), [home], undefined, "&presence=1");
    const ben = await SocketClient.open({ port });
    await ben.ask({ op: "auth", token: await token("ben") });
    await ben.sub([home], undefined, { presence: true });
    await sees(ana, "ana,ben");
    await sees(ben, "ana,ben");
    child.kill("SIGKILL");
    await child.status;
    const killedAt = performance.now();
    await sees(ana, "ana", 12_000);
    assert.ok(performance.now() - killedAt < 10_000);
    await pause(50);
    await ana.close();
  }));

Deno.test("of two hundred and fifty viewers two hundred are listed, and the number is told", () =>
  withStreams(async ({ start, group, token }) => {
    const [one, two] = [await start(), await start()];
    const home = await group("ana");
    const names = Array.from({ length: 250 }, (_, i) => `u${String(i).padStart(3, "0")}`);
    const added = names.map((user_id) => ({
      type: "member.added" as const,
      data: { user_id, role: "member" as const },
    }));
    await home.append(home.writer.commit(...added));
    const clients = await Promise.all(names.map(async (name, i) => {
      const client = await SocketClient.open(i % 2 ? one : two);
      await client.ask({ op: "auth", token: await token(name) });
      await client.sub([home], undefined, { presence: true });
      return client;
    }));
    const [first] = clients;
    assert.ok(first);
    await first.until(() => lastOf(first)?.count === 250, "all to be counted", 20_000);
    const late = await StreamClient.open(one, await token("ana"), [home], undefined, "&presence=1");
    await late.until(() => lastOf(late)?.count === 251, "the late one to be counted", 20_000);
    const told = late.frames.filter(({ event }) => event === "presence")
      .map(({ data }) => JSON.parse(data) as Told);
    assert.equal(told[0]?.users?.length, 200);
    assert.ok(told.slice(1).every(({ users }) => users === undefined), "then the number alone");
    const sizes = told.slice(1).map((each) => JSON.stringify(each).length);
    assert.ok(sizes.every((size) => size < 100), String(sizes));
    await late.close();
    await Promise.all(clients.map((client) => client.close()));
  }));

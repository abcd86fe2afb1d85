import assert from "node:assert/strict";
import * as v from "valibot";
import type { DeadLetter, DeadLetterQuery } from "../../actors/platform/mod.ts";
import { actorSubject, groupSubject } from "../../actors/protocol/routing/mod.ts";
import type { Redelivery, Sent } from "../commands/mod.ts";
import { adminOf } from "./_testing.ts";
import { deadLetterRoutes } from "./dead_letters.ts";

const PATH = "/api/v1/admin/dead-letters";

const LettersPage = v.object({
  dead_letters: v.array(v.looseObject({ sequence: v.number() })),
  next_cursor: v.optional(v.string()),
});
const Body = v.looseObject({ body: v.string(), body_encoding: v.string() });

type Letter = DeadLetter & { readonly data: Uint8Array };

function letter(sequence: number, more: Partial<Letter> = {}): Letter {
  return {
    sequence,
    recordedAt: "2026-11-01T12:00:00Z",
    subject: groupSubject("command", "g1"),
    stream: "CMD-0",
    streamSequence: 40 + sequence,
    reason: "No JSON",
    tries: 1,
    process: "group-host",
    sizeBytes: 3,
    truncated: false,
    headers: { traceparent: "00-their-trace-01" },
    data: new TextEncoder().encode("{ä"),
    ...more,
  };
}

function site(letters: readonly Letter[], sent: Sent = { kind: "stored" }) {
  const kept = new Map(letters.map((one) => [one.sequence, one]));
  const queries: DeadLetterQuery[] = [];
  const redelivered: string[] = [];
  const rebuilt: string[] = [];
  const redeliver: Redelivery["redeliver"] = (subject, data, { traceparent }) => {
    redelivered.push(`${subject} ${new TextDecoder().decode(data)} ${traceparent}`);
    return Promise.resolve(sent);
  };
  const send = adminOf(deadLetterRoutes({
    box: {
      list: (query) => {
        queries.push(query);
        const older = [...kept.values()].reverse()
          .filter(({ sequence }) => sequence < (query.before ?? Infinity));
        return Promise.resolve(older.slice(0, query.limit));
      },
      get: (sequence) => Promise.resolve(kept.get(sequence)),
      discard: (sequence) => Promise.resolve(kept.delete(sequence)),
    },
    mailbox: {
      redeliver: (...sending) => redeliver(...sending),
      redeliverDue: (...sending) => redeliver(...sending),
    },
    rebuildGroup: ({ groupId, stream, sequence }) => {
      rebuilt.push(`${groupId} ${stream} ${sequence}`);
      return Promise.resolve(12);
    },
  }));
  return { send, kept, queries, redelivered, rebuilt };
}

Deno.test("letters are listed from the newest on, page by page", async () => {
  const { send, queries } = site([1, 2, 3, 4, 5].map((sequence) => letter(sequence)));
  const listed: number[][] = [];
  let cursor = "";
  do {
    const { status, body } = await send("GET", `${PATH}?limit=2&subject=app.command${cursor}`);
    assert.equal(status, 200);
    const page = v.parse(LettersPage, body);
    listed.push(page.dead_letters.map(({ sequence }) => sequence));
    cursor = page.next_cursor ? `&cursor=${page.next_cursor}` : "";
  } while (cursor);
  assert.deepEqual(listed, [[5, 4], [3, 2], [1]]);
  assert.ok(queries.every(({ subject, limit }) => subject === "app.command" && limit === 3));
});

Deno.test("a letter is shown with its body, as text where it is text", async () => {
  const { send } = site([letter(1), letter(2, { data: new Uint8Array([255, 0]) })]);
  const { body } = await send("GET", `${PATH}/1`);
  assert.deepEqual(body, {
    sequence: 1,
    recorded_at: "2026-11-01T12:00:00Z",
    subject: groupSubject("command", "g1"),
    stream: "CMD-0",
    stream_sequence: 41,
    reason: "No JSON",
    tries: 1,
    process: "group-host",
    size_bytes: 3,
    truncated: false,
    headers: { traceparent: "00-their-trace-01" },
    body: "{ä",
    body_encoding: "utf-8",
  });
  const binary = v.parse(Body, (await send("GET", `${PATH}/2`)).body);
  assert.deepEqual([binary.body, binary.body_encoding], ["/wA=", "base64"]);
});

Deno.test("a command that is replayed goes to its mailbox as it was, and the letter is gone", async () => {
  const outcomes: [Sent, number, object][] = [
    [{ kind: "stored" }, 202, { status: "stored" }],
    [
      { kind: "committed", replayed: false, version: 7, body: new Uint8Array() },
      200,
      { status: "committed", version: 7 },
    ],
    [
      { kind: "rejected", problem: { code: "forbidden", detail: "No" } },
      200,
      { status: "rejected", problem: { code: "forbidden", detail: "No" } },
    ],
  ];
  for (const [sent, status, told] of outcomes) {
    const { send, kept, redelivered } = site([letter(1)], sent);
    const answer = await send("POST", `${PATH}/1/replay`);
    assert.equal(answer.status, status);
    assert.deepEqual(answer.body, { sequence: 1, ...told });
    assert.deepEqual(redelivered, [`${groupSubject("command", "g1")} {ä 00-their-trace-01`]);
    assert.equal(kept.size, 0);
  }
});

Deno.test("the command of another kind of actor goes back to that actor's mailbox", async () => {
  const subject = actorSubject("command", { kind: "poll", id: "p1" });
  const { send, redelivered } = site([letter(1, { subject })], { kind: "stored" });
  assert.equal((await send("POST", `${PATH}/1/replay`)).status, 202);
  assert.deepEqual(redelivered, [`${subject} {ä 00-their-trace-01`]);
});

Deno.test("what a timer had sent goes the way of timers: hosts take it from nobody else", async () => {
  const timers = { source: "TIMER-3" };
  const { send, kept, redelivered } = site([
    letter(1, timers),
    letter(2, { ...timers, subject: actorSubject("command", { kind: "poll", id: "p1" }) }),
    letter(3, { source: "CMD-3" }),
  ]);
  for (const sequence of [1, 2, 3]) {
    const { status, body } = await send("POST", `${PATH}/${sequence}/replay`);
    assert.deepEqual([status, body], [202, { sequence, status: "stored" }]);
  }
  const subjects = [
    groupSubject("due", "g1"),
    actorSubject("due", { kind: "poll", id: "p1" }),
    groupSubject("command", "g1"),
  ];
  assert.deepEqual(redelivered, subjects.map((subject) => `${subject} {ä 00-their-trace-01`));
  assert.equal(kept.size, 0);
});

Deno.test("a command that the mailbox did not surely take keeps its letter", async () => {
  const outcomes: [Sent, number][] = [
    [{ kind: "unknown" }, 504],
    [{ kind: "refused", problem: { code: "mailbox-full", detail: "Full" } }, 429],
  ];
  for (const [sent, status] of outcomes) {
    const { send, kept } = site([letter(1)], sent);
    assert.equal((await send("POST", `${PATH}/1/replay`)).status, status);
    assert.equal(kept.size, 1);
  }
});

Deno.test("a message of the log is not sent again: its group is rebuilt", async () => {
  const event = { subject: groupSubject("event", "g1"), stream: "EV-0", process: "projector" };
  const { send, kept, rebuilt, redelivered } = site([letter(1, { ...event, truncated: true })]);
  const { status, body } = await send("POST", `${PATH}/1/replay`);
  assert.deepEqual([status, body], [200, { sequence: 1, status: "projected", version: 12 }]);
  assert.deepEqual([rebuilt, redelivered, kept.size], [["g1 EV-0 41"], [], 0]);
});

Deno.test("what nobody would process, or is not whole, is not replayed and keeps its letter", async () => {
  const cases: Partial<Letter>[] = [
    { truncated: true },
    { truncated: true, source: "TIMER-0" },
    { subject: "app.command.1.group.a$b", source: "TIMER-0" },
    { subject: "app.command.1.group.g1" },
    { subject: "app.command.1.group.*" },
    { subject: "app.command.1.timer.g1" },
    { subject: "auth.user.1.x" },
    { subject: "svc.outcome.1" },
    { subject: "" },
    { subject: groupSubject("event", "g1"), stream: "EV-0.>" },
    { subject: groupSubject("feed", "g1") },
    { subject: actorSubject("event", { kind: "poll", id: "p1" }), stream: "EV-0" },
  ];
  const { send, kept, redelivered, rebuilt } = site(cases.map((more, i) => letter(i + 1, more)));
  for (let sequence = 1; sequence <= cases.length; sequence++) {
    const { status, problem } = await send("POST", `${PATH}/${sequence}/replay`);
    assert.deepEqual([status, problem?.code], [409, "conflict"], cases[sequence - 1]?.subject);
  }
  assert.equal(kept.size, cases.length);
  assert.deepEqual([...redelivered, ...rebuilt], []);
});

Deno.test("a letter that is discarded is gone", async () => {
  const { send } = site([letter(1)]);
  const answer = await send("DELETE", `${PATH}/1`);
  assert.deepEqual([answer.status, answer.body], [204, undefined]);
  for (const [method, path] of [["DELETE", "1"], ["GET", "1"], ["POST", "1/replay"]] as const) {
    assert.equal((await send(method, `${PATH}/${path}`)).status, 404);
  }
});

Deno.test("what cannot be read is refused with the place of the fault", async () => {
  const { send } = site([letter(1)]);
  const cases: [string, string][] = [
    ["?limit=0", "limit"],
    ["?limit=201", "limit"],
    ["?limit=1e2", "limit"],
    ["?limit=", "limit"],
    ["?cursor=0", "cursor"],
    ["?cursor=-1", "cursor"],
    ["?cursor=abc", "cursor"],
    ["?subject=", "subject"],
    ["?subject=app.*", "subject"],
    ["?subject=app.%3E", "subject"],
    ["?subject=app..command", "subject"],
    ["?subject=app.", "subject"],
    [`?subject=${"a".repeat(301)}`, "subject"],
    ["/0", "sequence"],
    ["/01", "sequence"],
    ["/1.5", "sequence"],
    ["/one", "sequence"],
    ["/9999999999999999", "sequence"],
  ];
  for (const [path, parameter] of cases) {
    const { status, problem } = await send("GET", PATH + path);
    assert.deepEqual([status, problem?.code], [400, "malformed"], path);
    assert.equal(problem?.errors?.[0]?.parameter, parameter, path);
  }
  assert.equal((await send("PATCH", `${PATH}/1`)).status, 405);
});

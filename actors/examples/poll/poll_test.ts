import assert from "node:assert/strict";
import { lookup, valuesOf } from "../../kind/mod.ts";
import { newId, SYSTEM_ACTOR } from "../../protocol/mod.ts";
import { pollKind } from "./kind.ts";
import type { PollCommand, PollEvent, PollState } from "./poll.ts";

const NOW_MS = Date.now();
const END = "2030-01-01T00:00:00.000Z";

type Body = Pick<PollCommand, "type" | "payload">;

const open = {
  type: "poll.open",
  payload: { question: "When?", options: ["Mon", "Tue"] },
} as const;
const openUntil = { ...open, payload: { ...open.payload, closes_at: END } } as const;
const vote = (option: number) => ({ type: "poll.vote", payload: { option } }) as const;
const close = { type: "poll.close", payload: {} } as const;
const expire = (at: string) => ({ type: "poll.expire", payload: { at } }) as const;

/** A poll that lives through `decide` and `evolve`. */
class Poll {
  state: PollState = pollKind.empty("p");
  readonly log: PollEvent[] = [];

  send(actor: string, body: Body, id = newId()) {
    const command = { command_id: id, poll_id: "p", actor, ...body } as PollCommand;
    const hash = JSON.stringify(body);
    const decision = pollKind.decide(this.state, command, { nowMs: NOW_MS, hash });
    if (decision.kind === "accepted") {
      this.log.push(...decision.events);
      this.state = decision.state;
    }
    return decision;
  }

  refused(actor: string, body: Body): string {
    const decision = this.send(actor, body);
    return decision.kind === "rejected" ? decision.problem.code : decision.kind;
  }
}

Deno.test("everybody's last vote counts", () => {
  const poll = new Poll();
  poll.send("ana", open);
  poll.send("ana", vote(0));
  poll.send("bob", vote(0));
  poll.send("ana", vote(1));
  assert.equal(lookup(poll.state.votes, "ana")?.option, 1);
  assert.equal(lookup(poll.state.votes, "bob")?.option, 0);
  assert.equal(poll.state.version, 4);
});

Deno.test("what makes no sense is refused with a reason", () => {
  const poll = new Poll();
  assert.equal(poll.refused("ana", vote(0)), "not-found");
  poll.send("ana", open);
  assert.equal(poll.refused("bob", open), "conflict");
  assert.equal(poll.refused("bob", vote(2)), "validation");
  assert.equal(poll.refused("bob", close), "forbidden");
  poll.send("ana", close);
  assert.equal(poll.refused("bob", vote(0)), "gone");
  assert.equal(poll.refused("ana", close), "gone");
});

Deno.test("a command that is sent again has its first outcome and no other", () => {
  const poll = new Poll();
  const id = newId();
  poll.send("ana", open, id);
  assert.deepEqual(poll.send("ana", open, id), { kind: "replayed", firstVersion: 1, version: 1 });
  const other = poll.send("ana", close, id);
  assert.equal(other.kind === "rejected" && other.problem.code, "idempotency-mismatch");
  assert.equal(poll.log.length, 1);
});

Deno.test("the clock closes a poll once, and only at the end it has", () => {
  const poll = new Poll();
  poll.send("ana", openUntil);
  assert.equal(poll.send(SYSTEM_ACTOR, expire("2029-01-01T00:00:00.000Z")).kind, "ignored");
  assert.equal(poll.send(SYSTEM_ACTOR, expire(END)).kind, "accepted");
  assert.equal(poll.send(SYSTEM_ACTOR, expire(END)).kind, "ignored");
  assert.ok(poll.state.closed);
});

Deno.test("a poll with an end has a timer while it is open", () => {
  const armed = (poll: Poll) => pollKind.timers?.after(poll.state, poll.log) ?? [];
  const poll = new Poll();
  poll.send("ana", openUntil);
  const command = { poll_id: "p", actor: SYSTEM_ACTOR, ...expire(END) };
  assert.deepEqual(armed(poll), [
    { about: "poll", armed: [{ name: "end", at: END, command }], fresh: false },
  ]);
  assert.deepEqual(poll.log.map((event) => pollKind.timers?.moves(event)), [true]);
  poll.send("ana", close);
  assert.deepEqual(armed(poll), [{ about: "poll", armed: [], fresh: false }]);
  const endless = new Poll();
  endless.send("ana", open);
  assert.deepEqual(armed(endless), []);
});

Deno.test("folding the log, or restoring a snapshot, makes the state that the commands made", () => {
  const poll = new Poll();
  poll.send("ana", openUntil);
  for (const user of ["ana", "bob", "cat"]) poll.send(user, vote(1));
  const facts = (state: PollState) => ({ ...state, votes: valuesOf(state.votes), ledger: 0 });
  const folded = poll.log.reduce(pollKind.evolve, pollKind.empty("p"));
  assert.deepEqual(facts(folded), facts(poll.state));
  const saved = JSON.parse(JSON.stringify(pollKind.snapshots.save(poll.state)));
  const restored = pollKind.snapshots.restore(saved);
  assert.deepEqual(facts(restored), facts(poll.state));
  assert.equal(pollKind.ledger(restored).entries.size, 4);
});

Deno.test("what is no command of the poll, or pretends to be its timer, is not read", () => {
  const parse = (value: unknown, isFromTimer = false) =>
    pollKind.parse({ id: "p", isFromTimer, json: () => value });
  const command = { command_id: newId(), poll_id: "p", actor: "ana", ...vote(0) };
  assert.deepEqual(parse(command), command);
  const timer = { ...command, actor: SYSTEM_ACTOR, ...expire(END) };
  assert.deepEqual(parse(timer, true), timer);
  const closes_at = "2030-01-01T00:00:00Z";
  const opening = { ...command, ...openUntil, payload: { ...open.payload, closes_at } };
  assert.deepEqual(parse(opening).payload, openUntil.payload);
  for (
    const wrong of [
      null,
      {},
      { ...command, poll_id: "q" },
      { ...command, actor: SYSTEM_ACTOR },
      { ...command, ...vote(-1) },
      ...[
        "soon",
        "2030",
        "2030-01-01",
        "-000001-01-01T00:00:00Z",
        "1950-01-01T00:00:00Z",
        "2999-01-01T00:00:00Z",
      ].map((
        closes_at,
      ) => ({ ...command, ...openUntil, payload: { ...open.payload, closes_at } })),
      { ...command, more: 1 },
      timer,
    ]
  ) {
    assert.throws(() => parse(wrong), Error, JSON.stringify(wrong));
  }
});

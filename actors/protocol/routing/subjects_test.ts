import assert from "node:assert/strict";
import {
  actorSubject,
  type Channel,
  groupSubject,
  mailboxTickSubject,
  parseActorSubject,
  parseGroupSubject,
  projectedSubject,
  timersFilter,
  timerSubject,
  timerVersion,
} from "./subjects.ts";

const CHANNELS: readonly Channel[] = ["command", "event", "feed", "snapshot", "due"];

Deno.test("a subject names channel, partition and group, and is read back", () => {
  assert.equal(groupSubject("event", "123456789"), "app.event.294.group.123456789");
  for (const channel of CHANNELS) {
    assert.deepEqual(parseGroupSubject(groupSubject(channel, "__proto__")), {
      partition: 310,
      groupId: "__proto__",
    });
  }
});

Deno.test("an id that would address other groups or break the grammar is refused", () => {
  for (const id of ["", "a.b", "*", ">", "a b", "a\n", "x".repeat(65), "ä", "a*"]) {
    for (const channel of CHANNELS) assert.throws(() => groupSubject(channel, id), RangeError);
  }
});

Deno.test("a subject of another grammar is not read", () => {
  for (
    const subject of ["", "app", "app.event.1.group", "app.event.1.timer.a", "svc.event.1.group.a"]
  ) {
    assert.equal(parseGroupSubject(subject), undefined, subject);
  }
  assert.equal(parseGroupSubject("app.event.x.group.a"), undefined);
  assert.equal(parseGroupSubject("app.event.1.group.a.b"), undefined);
});

Deno.test("actors of several kinds may have the same id and stay apart", () => {
  const poll = { kind: "poll", id: "123456789" };
  assert.equal(actorSubject("event", poll), "app.event.294.poll.123456789");
  assert.deepEqual(parseActorSubject("app.event.294.poll.123456789"), { ...poll, partition: 294 });
  assert.equal(parseGroupSubject("app.event.294.poll.123456789"), undefined);
  assert.equal(actorSubject("event", { kind: "group", id: "g" }), groupSubject("event", "g"));
  for (const kind of ["", "a.b", "*", ">"]) {
    assert.throws(() => actorSubject("event", { kind, id: "g" }), RangeError);
  }
});

Deno.test("a timer has a subject of its own that tells when it was set, and those about a thing are found together", () => {
  const actor = { kind: "group", id: "123456789" };
  const timer = { about: "t", name: "__proto__", version: 12 };
  const subject = timerSubject(actor, timer);
  assert.equal(subject, "app.timer.294.group.123456789.t.__proto__.12");
  assert.equal(timerVersion(subject), 12);
  assert.equal(timersFilter(actor, "t"), "app.timer.294.group.123456789.t.*.*");
  assert.equal(parseGroupSubject(subject), undefined);
  for (const other of ["", `${subject}.13`, "app.due.294.group.1", "app.timer.1.group.g.t.r"]) {
    assert.equal(timerVersion(other), NaN, other);
  }
  for (const id of ["", "a.b", "*", ">", "a b", "x".repeat(65)]) {
    assert.throws(() => timerSubject({ ...actor, id }, timer), RangeError);
    assert.throws(() => timerSubject(actor, { ...timer, about: id }), RangeError);
    assert.throws(() => timerSubject(actor, { ...timer, name: id }), RangeError);
    assert.throws(() => timersFilter(actor, id), RangeError);
  }
});

Deno.test("announcements of the read model lie outside every stream", () => {
  assert.equal(projectedSubject("123456789"), "svc.projected.294.group.123456789");
});

Deno.test("a tick lies in the mailbox's stream and is no group's", () => {
  assert.equal(mailboxTickSubject(16), "app.command.16.tick.0");
  assert.equal(parseGroupSubject(mailboxTickSubject(16)), undefined);
});

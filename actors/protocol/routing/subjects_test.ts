import assert from "node:assert/strict";
import { type Channel, groupSubject, parseGroupSubject, projectedSubject } from "./subjects.ts";

const CHANNELS: readonly Channel[] = ["command", "event", "feed", "snapshot"];

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

Deno.test("announcements of the read model lie outside every stream", () => {
  assert.equal(projectedSubject("123456789"), "svc.projected.294.group.123456789");
});

import assert from "node:assert/strict";
import { FAULT_POINTS } from "./fault_points.ts";
import type { Direction } from "./fault_proxy.ts";
import type { Frame } from "./nats_frames.ts";

function frame(subject: string, reply = ""): Frame {
  return { op: "HMSG", subject, reply, bytes: new Uint8Array() };
}

/** One command's way through a host that answers two, as the proxy sees it. */
const LIFE: readonly (readonly [Direction, Frame])[] = [
  ["down", frame("app.command.1.group.a", "$JS.ACK.x")],
  ["up", frame("$JS.API.STREAM.MSG.GET.EV-0", "_INBOX.load")],
  ["down", frame("_INBOX.load")],
  ["up", frame("app.event.1.group.a", "_INBOX.append.1")],
  ["up", frame("app.event.2.group.b", "_INBOX.append.2")],
  ["up", frame("app.event.3.group.c", "_INBOX.append.3")],
  ["down", frame("_INBOX.append.2")],
  ["down", frame("_INBOX.append.1")],
  ["up", frame("svc.outcome.e.1")],
  ["up", frame("svc.outcome.e.2")],
  ["up", frame("app.timer.1.group.a.todo.reminder.2", "_INBOX.timer")],
  ["up", frame("app.snapshot.1.group.a", "_INBOX.snapshot")],
  ["up", frame("$KV.cursors.block.1", "_INBOX.cursor")],
  ["down", frame("_INBOX.cursor")],
];

Deno.test("each point is reached once, by the frame it is named after", () => {
  const reached = FAULT_POINTS.map(({ name, detect }) => {
    const detector = detect();
    return [name, LIFE.findIndex(([direction, frame]) => detector(direction, frame))];
  });
  assert.deepEqual(reached, [
    ["command on its way to the host", 0],
    ["decided, before the append", 3],
    ["third append of several", 5],
    ["stored, before the acknowledgement", 7],
    ["acknowledged, before the answer", 8],
    ["between two answers", 9],
    ["answered, before its timers are set", 10],
    ["answered, before the cursor is saved", 12],
    ["cursor saved, before it is known", 13],
    ["while a group is loaded", 2],
    ["before a snapshot is saved", 11],
  ]);
});

/**
 * Points in the life of a command at which a host can be struck. They are recognised by the messages that
 * pass between the host and NATS, so that the host itself knows nothing of them.
 */
import type { Direction } from "./fault_proxy.ts";
import type { Frame } from "./nats_frames.ts";

/** Says whether the point is reached with this frame, which then is the first that does not pass. */
export type Detector = (direction: Direction, frame: Frame) => boolean;

export interface FaultPoint {
  readonly name: string;
  /** Makes a detector for one strike. */
  readonly detect: () => Detector;
}

/** The frame of this direction whose subject begins with `prefix`, after `passed` others. */
function message(direction: Direction, prefix: string, passed = 0): () => Detector {
  return () => {
    let seen = 0;
    return (way, { subject }) =>
      way === direction && subject.startsWith(prefix) && seen++ >= passed;
  };
}

/** What the server answers to a message on a subject that begins with `prefix`. */
function answerTo(prefix: string): () => Detector {
  return () => {
    let reply: string | undefined;
    return (way, frame) => {
      if (way === "up" && reply === undefined && frame.subject.startsWith(prefix)) {
        reply = frame.reply || undefined;
      }
      return way === "down" && reply !== undefined && frame.subject === reply;
    };
  };
}

export const FAULT_POINTS: readonly FaultPoint[] = [
  { name: "command on its way to the host", detect: message("down", "app.command.") },
  { name: "decided, before the append", detect: message("up", "app.event.") },
  { name: "third append of several", detect: message("up", "app.event.", 2) },
  { name: "stored, before the acknowledgement", detect: answerTo("app.event.") },
  { name: "acknowledged, before the answer", detect: message("up", "svc.outcome.") },
  { name: "between two answers", detect: message("up", "svc.outcome.", 1) },
  { name: "answered, before the cursor is saved", detect: message("up", "$KV.cursors.") },
  { name: "cursor saved, before it is known", detect: answerTo("$KV.cursors.") },
  { name: "while a group is loaded", detect: answerTo("$JS.API.STREAM.MSG.GET.EV-") },
  { name: "before a snapshot is saved", detect: message("up", "app.snapshot.") },
];

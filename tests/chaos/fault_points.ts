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
  /** Ordinary work reaches it within seconds; the others need many commands to one group. */
  readonly isCommon: boolean;
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

const common = (name: string, detect: () => Detector): FaultPoint => ({
  name,
  isCommon: true,
  detect,
});

export const FAULT_POINTS: readonly FaultPoint[] = [
  common("command on its way to the host", message("down", "app.command.")),
  common("decided, before the append", message("up", "app.event.")),
  common("third append of several", message("up", "app.event.", 2)),
  common("stored, before the acknowledgement", answerTo("app.event.")),
  common("acknowledged, before the answer", message("up", "svc.outcome.")),
  common("between two answers", message("up", "svc.outcome.", 1)),
  common("answered, before its timers are set", message("up", "app.timer.")),
  common("answered, before the cursor is saved", message("up", "$KV.cursors.")),
  common("cursor saved, before it is known", answerTo("$KV.cursors.")),
  common("while a group is loaded", answerTo("$JS.API.STREAM.MSG.GET.EV-")),
  {
    name: "before a snapshot is saved",
    isCommon: false,
    detect: message("up", "app.snapshot."),
  },
];

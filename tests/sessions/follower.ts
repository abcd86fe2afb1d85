/**
 * How a streamer begins to follow a group: asks for its newest message and its snapshot, restores that, reads the
 * log after it page by page, as much at once as the real limit allows, and folds what comes.
 */
import { FEED_PAGE } from "../../actors/stream/testing/mod.ts";
import type { Costs } from "../bench/costs.ts";
import type { Figures } from "./figures.ts";
import type { Groups } from "./groups.ts";
import type { LogServer } from "./log_server.ts";
import type { Pod } from "./pod.ts";
import type { VirtualTime } from "./virtual_time.ts";

export interface FollowerOptions {
  readonly time: VirtualTime;
  readonly figures: Figures;
  readonly log: LogServer;
  readonly costs: Costs;
  readonly groups: Groups;
  readonly historyEvents: number;
}

export class Follower {
  readonly #options: FollowerOptions;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /**
   * Calls `followed` when `pod` has restored and folded `group`, with the version of the snapshot; never when it
   * is gone before.
   */
  follow(pod: Pod, group: number, followed: (saved: number) => void): void {
    const { time, figures, log, costs } = this.#options;
    figures.add("followed", time.nowMs);
    time.at(pod.work(time.nowMs, costs["stream.follow_us"]), () => {
      figures.add("logReads", time.nowMs);
      log.newest(time.nowMs);
      pod.startRead(() => {
        figures.add("logReads", time.nowMs);
        // Asked for together; the servers answer it after the newest message.
        time.at(log.snapshot(time.nowMs), () => {
          pod.endRead();
          if (!pod.gone) this.#restore(pod, group, followed);
        });
      });
    });
  }

  #restore(pod: Pod, group: number, followed: (saved: number) => void): void {
    const { time, costs, groups, historyEvents } = this.#options;
    const unsaved = Math.min(historyEvents, groups.unsaved(group));
    const saved = groups.version(group) - unsaved;
    const restoreUs = (historyEvents - unsaved) * costs["stream.restore_us"];
    time.at(pod.work(time.nowMs, restoreUs), () => {
      // The commit that the snapshot ends with is read again.
      this.#read(pod, unsaved + 1, () => followed(saved));
    });
  }

  #read(pod: Pod, left: number, followed: () => void): void {
    const { time, figures, log, costs } = this.#options;
    if (pod.gone) return;
    pod.startRead(() => {
      figures.add("logReads", time.nowMs);
      const messages = Math.min(left, FEED_PAGE.maxMessages);
      time.at(log.page(time.nowMs, messages), () => {
        pod.endRead();
        time.at(pod.work(time.nowMs, messages * costs["stream.fold_us"]), () => {
          if (pod.gone) return;
          if (left > messages) this.#read(pod, left - messages, followed);
          else followed();
        });
      });
    });
  }
}

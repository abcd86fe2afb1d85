/**
 * How a streamer begins to follow a group: asks for its newest message, reads its log page by page, as many
 * pages at once as the real limit allows, and folds what comes.
 */
import { FEED_PAGE } from "../../actors/stream/testing/mod.ts";
import type { Costs } from "../bench/costs.ts";
import type { Figures } from "./figures.ts";
import type { LogServer } from "./log_server.ts";
import type { Pod } from "./pod.ts";
import type { VirtualTime } from "./virtual_time.ts";

export interface FollowerOptions {
  readonly time: VirtualTime;
  readonly figures: Figures;
  readonly log: LogServer;
  readonly costs: Costs;
  readonly historyEvents: number;
}

export class Follower {
  readonly #options: FollowerOptions;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Calls `followed` when `pod` has read and folded a group; never when it is gone before. */
  follow(pod: Pod, followed: () => void): void {
    const { time, figures, log, costs, historyEvents } = this.#options;
    figures.add("followed", time.nowMs);
    time.at(pod.work(time.nowMs, costs["stream.follow_us"]), () => {
      figures.add("logReads", time.nowMs);
      time.at(log.newest(time.nowMs), () => this.#read(pod, historyEvents, followed));
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

/** What arrives in the busiest minute, from what people do and from the settings in force. Pure. */
import { refreshInMs } from "../../web/timing/mod.ts";
import type { Assumed } from "./assumptions.ts";
import { meanFanOut, meanWatchers } from "./watchers.ts";

const HOUR_S = 3_600;
const DAY_S = 86_400;

/** The settings that make load by themselves. */
export interface LoadSettings {
  readonly accessTokenMs: number;
  readonly rotateMs: number;
  readonly heartbeatMs: number;
}

/** Everything per second in the busiest minute, and how much of what there is. */
export interface Load {
  readonly streams: number;
  readonly watchedGroups: number;
  readonly commands: number;
  readonly reads: number;
  readonly logins: number;
  readonly refreshes: number;
  /** Streams opened because others ran their time, and because people came. */
  readonly opens: number;
  readonly deliveries: number;
  readonly heartbeats: number;
  readonly commandsPerDay: number;
}

/** The load that `assumed` makes under `settings`. */
export function loadOf(assumed: Assumed, settings: LoadSettings): Load {
  const { usersOnline, peakFactor } = assumed;
  const atPeak = (perUserHour: number) => usersOnline * perUserHour / HOUR_S * peakFactor;
  const streams = usersOnline * assumed.streamsPerUser;
  // A stream ends with its token, and the page has by then had the next one for a while.
  const lifetimeMs = Math.min(settings.rotateMs * 1.25, refreshInMs(settings.accessTokenMs, 0.5));
  const commands = atPeak(assumed.commandsPerUserHour);
  return {
    streams,
    watchedGroups: streams / meanWatchers(),
    commands,
    reads: atPeak(assumed.readsPerUserHour),
    logins: atPeak(assumed.loginsPerUserHour),
    refreshes: usersOnline / (refreshInMs(settings.accessTokenMs, 0.5) / 1_000),
    opens: streams / (lifetimeMs / 1_000) + atPeak(assumed.freshStreamsPerUserHour),
    deliveries: commands * meanFanOut(),
    // A heartbeat comes after once to one and a quarter of the setting.
    heartbeats: streams / (settings.heartbeatMs * 1.125 / 1_000),
    commandsPerDay: commands / peakFactor * assumed.onlineShareOfDay * DAY_S,
  };
}

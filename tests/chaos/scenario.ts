/** What a scenario is given, and what it gives back for the report. */
import type { Answered, Fault, LogEntry } from "../support/history.ts";
import type { Figure } from "../bench/stream_goals.ts";
import type { OwnNetwork } from "./own_network.ts";
import type { Random } from "./random.ts";

/** Longest that a scenario waits for something that must come, on however busy a machine. */
export const PATIENCE_MS = 60_000;

export interface ScenarioContext {
  readonly seed: number;
  /** The scenario's own chance, made from the seed. */
  readonly random: Random;
  /** A run for every day: small numbers, little time. */
  readonly short: boolean;
  /** How long the load runs, unless the scenario counts blows instead. */
  readonly seconds: number;
  /** How many times something is struck or sent, in scenarios that count. */
  readonly kills: number;
  /** Tells how far it is. */
  readonly say: (line: string) => void;
}

/** A limit that was measured. */
export interface Check {
  readonly what: string;
  /** `time`: other work on the machine can break it; `truth`: nothing may. */
  readonly kind: "truth" | "time";
  readonly limit: string;
  readonly measured: string;
  readonly ok: boolean;
}

/** What a run of a site came to. */
export interface Verdict {
  readonly faults: readonly Fault[];
  readonly history: readonly Answered[];
  readonly log: readonly LogEntry[];
  /** How long after the last command every timer was set, and had fired when it was due. */
  readonly timersMs: number;
  /** Commands whose place in the log was compared with their place in the mailbox. */
  readonly placed: number;
}

export interface ScenarioResult {
  /** What happened, in rows of the report. */
  readonly figures: Readonly<Record<string, string | number>>;
  readonly checks: readonly Check[];
  readonly faults: readonly Fault[];
  /** What is held against the goals of streams. */
  readonly goals?: readonly Figure[];
}

export interface Scenario {
  readonly name: string;
  /** One sentence for the report. */
  readonly about: string;
  /** How long it runs, and how often it strikes, unless told otherwise. */
  readonly defaults: Readonly<Record<"short" | "long", { seconds?: number; kills?: number }>>;
  /** Runs in a network of its own, with these settings. */
  readonly ownNetwork?: OwnNetwork;
  readonly run: (context: ScenarioContext) => Promise<ScenarioResult>;
}

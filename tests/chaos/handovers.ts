/**
 * How long blocks were without an owner, as the hosts tell it in their logs: those outlive a host that is
 * killed, which its metrics do not. Pure.
 */
import { atMostMs, quantile, spread } from "./measure.ts";
import type { Check } from "./scenario.ts";

/**
 * `given`: from the last command that was taken to the release; `handed`: from the release to the next
 * owner; `dead`: from the dead owner's last report, as far as the next owner had heard it.
 */
export type HandoverKind = "given" | "handed" | "dead";

/** One block. Blocks that moved together all count as long as the slowest of them. */
export interface Handover {
  readonly kind: HandoverKind;
  readonly ms: number;
  /** When it was told, on the clock of this process. */
  readonly atMs: number;
}

/** Limits of the 99th percentile, in milliseconds per block. */
const LIMITS_MS: Readonly<Record<HandoverKind, number>> = { given: 100, handed: 100, dead: 3_000 };
const WORDS: Readonly<Record<HandoverKind, string>> = {
  given: "from the last command to the release",
  handed: "from the release to the next owner",
  dead: "from the end of an owner to the next one",
};

/** The blocks of which a line of a host's log, read at `atMs`, tells; none when it is about something else. */
export function handoversIn(line: string, atMs: number): Handover[] {
  if (!/"(?:Gave|Took over) /.test(line)) return [];
  const { count, reason, ms, unowned } = JSON.parse(line) as {
    readonly count: number;
    readonly reason?: string;
    readonly ms: number;
    readonly unowned?: number;
  };
  const all = (kind: HandoverKind, each: number) =>
    Array.from({ length: count }, () => ({ kind, ms: each, atMs }));
  if (unowned === undefined) return all("given", ms);
  return reason === "handed" || reason === "dead" ? all(reason, unowned) : [];
}

/**
 * Those of `handovers` that followed the end of their owner at `endedAtMs`, from then on. What the next owner
 * says itself may be much longer: nobody has heard of an owner that ends before its first report, and an
 * earlier one's end counts in its place.
 */
export function takeoversAfter(endedAtMs: number, handovers: readonly Handover[]): Handover[] {
  return handovers
    .filter(({ kind, atMs }) => kind === "dead" && atMs > endedAtMs)
    .map((handover) => ({ ...handover, ms: handover.atMs - endedAtMs }));
}

/** Rows of the report: blocks by kind, and how long each took. */
export function handoverFigures(handovers: readonly Handover[]): Record<string, string> {
  return Object.fromEntries(
    [...Map.groupBy(handovers, ({ kind }) => kind)].map(([kind, own]) => [
      `${own.length.toLocaleString("en")} blocks, ${WORDS[kind]}`,
      spread(own.map(({ ms }) => ms)),
    ]),
  );
}

/** Blocks of these kinds were seen, and 99 of 100 were quick enough. */
export function handoverChecks(
  handovers: readonly Handover[],
  kinds: readonly HandoverKind[],
): Check[] {
  return kinds.flatMap((kind) => {
    const times = handovers.filter((one) => one.kind === kind).map(({ ms }) => ms);
    const seen: Check = {
      what: `blocks seen ${WORDS[kind]}`,
      kind: "truth",
      limit: "> 0",
      measured: times.length.toLocaleString("en"),
      ok: times.length > 0,
    };
    return [seen, atMostMs(`p99 ${WORDS[kind]}`, quantile(times, 0.99), LIMITS_MS[kind])];
  });
}

/**
 * Keeps the first snapshot that an actor gets at or after each of its milestones, for whoever looks back. One that
 * cannot be kept makes looking back slower and nothing else, so it is logged and no failure.
 */
import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core";
import { logger, WRONG_LAST_SEQUENCE } from "../../platform/mod.ts";
import { milestoneSubject } from "../../protocol/routing/mod.ts";
import { milestoneOf } from "../../protocol/snapshot/mod.ts";

const WRITE_TIMEOUT_MS = 5_000;
const EXPECTED_SEQUENCE = "Nats-Expected-Last-Subject-Sequence";
/** Actors whose last milestone is remembered: what is forgotten is sent once more and refused. */
const MAX_NOTED = 10_000;

interface PubAck {
  readonly seq?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

export class Milestones {
  readonly #connection: NatsConnection;
  readonly #kind: string;
  /** Last milestone by actor, of those that have any; the one noted first is forgotten first. */
  readonly #noted = new Map<string, number>();

  constructor(connection: NatsConnection, { kind }: { readonly kind: string }) {
    this.#connection = connection;
    this.#kind = kind;
  }

  /** The actor has a snapshot of `version`: its milestones up to there were seen to. */
  note(id: string, version: number): void {
    const number = milestoneOf(version);
    if (number === 0) return;
    this.#noted.delete(id);
    this.#noted.set(id, number);
    const [oldest] = this.#noted.keys();
    if (this.#noted.size > MAX_NOTED && oldest !== undefined) this.#noted.delete(oldest);
  }

  /** Keeps a stored snapshot, given as a message, when it is the first one behind a milestone. */
  async keep(
    id: string,
    { version, header, data }: {
      readonly version: number;
      readonly header: MsgHdrs;
      readonly data: Uint8Array;
    },
  ): Promise<void> {
    const number = milestoneOf(version);
    if (number <= (this.#noted.get(id) ?? 0)) return;
    try {
      // An actor's first snapshot behind the milestone stays, whoever comes with a later one.
      header.set(EXPECTED_SEQUENCE, "0");
      const reply = await this.#connection.request(
        milestoneSubject({ kind: this.#kind, id }, number),
        data,
        { timeout: WRITE_TIMEOUT_MS, headers: header },
      );
      const { error } = reply.json<PubAck>();
      if (error && error.err_code !== WRONG_LAST_SEQUENCE) throw new Error(error.description);
      this.note(id, version);
    } catch (error) {
      logger("host.snapshots").warning("The milestone {number} of {id} is not kept: {error}", {
        number,
        id,
        error,
      });
    }
  }
}

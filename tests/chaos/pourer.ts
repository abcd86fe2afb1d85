/** A steady stream of commands out of a thread of its own. */

export interface PourSetup {
  readonly url: string;
  /** How many groups there are to pour into. */
  readonly groups: number;
  /** What the commands rename, in turn: a group may hold only so many todos. */
  readonly todosPerGroup: number;
  readonly perSecond: number;
}

export interface PourOrder {
  /** Which of the groups, in turn: those from `from` on, before `to`. */
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/** What came of an order. */
export interface Poured {
  readonly tookMs: number;
  /** How long each command waited for its outcome. */
  readonly waitedMs: readonly number[];
  /** Commands that were not committed. */
  readonly uncommitted: number;
}

export class Pourer implements Disposable {
  readonly #worker = new Worker(new URL("./pour_worker.ts", import.meta.url).href, {
    type: "module",
  });

  /** Makes the groups. */
  static async start(setup: PourSetup): Promise<Pourer> {
    const pourer = new Pourer();
    await pourer.#ask(setup);
    return pourer;
  }

  /** Pours as told and answers what came of it; one order at a time. */
  async pour(order: PourOrder): Promise<Poured> {
    return await this.#ask(order) as Poured;
  }

  #ask(message: PourSetup | PourOrder): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#worker.onmessage = ({ data }) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`The thread that pours failed: ${event.message}`));
    };
    this.#worker.postMessage(message);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** One stream as its reader has it: bytes that arrive, or wait, or are lost when it is cut. */
import { type Connection, type Outlet, SSE_WIRE } from "../../actors/stream/mod.ts";
import { type Frame, FrameReader, type ReaderModel } from "../../actors/stream/testing/mod.ts";
import type { SimulatedStreamer } from "./simulated_streamer.ts";

export class ReaderStream {
  readonly streamer: SimulatedStreamer;
  readonly model: ReaderModel;
  readonly #frames = new FrameReader();
  readonly #onFrame: (frame: Frame) => void;
  #unread: Uint8Array[] = [];
  #stalled = false;
  #over = false;
  connection: Connection | undefined;

  /** @param onFrame told of every frame that arrives, before the model is */
  constructor(streamer: SimulatedStreamer, model: ReaderModel, onFrame: (frame: Frame) => void) {
    this.streamer = streamer;
    this.model = model;
    this.#onFrame = onFrame;
  }

  readonly outlet: Outlet = {
    wire: SSE_WIRE,
    write: (chunk) => {
      if (this.#over) return true;
      if (this.#stalled) this.#unread.push(chunk);
      else this.#receive(chunk);
      return !this.#stalled;
    },
    end: () => {
      if (!this.#stalled) this.#finish();
    },
    destroy: () => {
      this.#unread = [];
      this.#finish();
    },
    queuedBytes: 0,
  };

  /** Whether nothing more will come. */
  get isOver(): boolean {
    return this.#over || this.connection?.isOpen === false;
  }

  get isStalled(): boolean {
    return this.#stalled;
  }

  stall(): void {
    this.#stalled = true;
  }

  /** Reads on. */
  resume(): void {
    this.#stalled = false;
    for (const chunk of this.#unread.splice(0)) this.#receive(chunk);
    this.streamer.process.enter(() => this.connection?.drained());
  }

  /** Goes away; what was not read is lost. */
  cut(): void {
    this.#unread = [];
    this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.streamer.process.enter(() => this.connection?.gone());
  }

  #receive(chunk: Uint8Array): void {
    for (const frame of this.#frames.push(chunk)) this.#onFrame(frame);
  }
}

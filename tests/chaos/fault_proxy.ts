/**
 * A TCP proxy in front of a NATS server that makes networks fail on purpose: it can cut connections,
 * refuse new ones, hold either direction still, delay, and act at the very moment a message passes.
 */
import { type Frame, FrameSplitter, joined } from "./nats_frames.ts";

/** `up` is from the client to the server. */
export type Direction = "up" | "down";

/** What becomes of a frame; `cut` drops it and ends its connection once all before it has passed. */
export type Verdict = "pass" | "drop" | "cut";

/** Sees each frame before it passes; while the verdict is awaited nothing behind it passes. */
export type Watch = (direction: Direction, frame: Frame) => Verdict | Promise<Verdict>;

const BUFFER_BYTES = 64 * 1024;

export class FaultProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: Deno.ConnectOptions;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #gates: Record<Direction, PromiseWithResolvers<void> | undefined> = {
    up: undefined,
    down: undefined,
  };
  readonly #done: Promise<void>;
  #watch: Watch | undefined;
  #refusing = false;
  #delayMs = 0;
  #accepted = 0;

  /** Starts a proxy on a free port of loopback in front of the server at `url`. */
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#target = { hostname, port: Number(port) };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#done = this.#accept();
  }

  /** Where clients connect. */
  get url(): string {
    return `nats://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** How many connections were made so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Shows every frame to `watch`; the one before it sees nothing more. */
  watch(watch: Watch | undefined): void {
    this.#watch = watch;
  }

  /** Lets nothing more pass in these directions; connections stay open and bytes are kept. */
  hold(...directions: readonly Direction[]): void {
    for (const direction of directions) this.#gates[direction] ??= Promise.withResolvers();
  }

  /** Ends every {@link hold}: what was kept passes. */
  release(): void {
    for (const direction of ["up", "down"] as const) {
      this.#gates[direction]?.resolve();
      this.#gates[direction] = undefined;
    }
  }

  /** Whether new connections are closed as soon as they are made. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
  }

  /** Lets every chunk of bytes wait; 0 ends it. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Closes every connection. */
  cut(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusing = true;
    close(this.#listener);
    this.cut();
    this.release();
    await this.#done;
  }

  async #accept(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const client of this.#listener) {
      this.#accepted++;
      if (this.#refusing) close(client);
      else served.push(this.#serve(client));
    }
    await Promise.all(served);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    let server: Deno.TcpConn | undefined;
    try {
      server = await Deno.connect(this.#target);
      client.setNoDelay(true);
      server.setNoDelay(true);
      if (!this.#open.has(client)) return;
      this.#open.add(server);
      // The end of either direction is the end of both.
      await Promise.race([this.#pass("up", client, server), this.#pass("down", server, client)]);
    } catch (error) {
      if (!isBroken(error)) throw error;
    } finally {
      for (const connection of [client, server]) {
        if (!connection) continue;
        this.#open.delete(connection);
        close(connection);
      }
    }
  }

  async #pass(direction: Direction, from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    const splitter = new FrameSplitter();
    try {
      for (let read = 0; (read = await from.read(buffer) ?? -1) >= 0;) {
        await this.#gates[direction]?.promise;
        if (this.#delayMs > 0) await new Promise((done) => setTimeout(done, this.#delayMs));
        const passing: Uint8Array[] = [];
        for (const frame of splitter.push(buffer.subarray(0, read))) {
          const verdict = await this.#judge(direction, frame, () => send(to, passing));
          if (verdict === "cut") return await send(to, passing);
          if (verdict === "pass") passing.push(frame.bytes);
        }
        await send(to, passing);
      }
    } catch (error) {
      if (!isBroken(error)) throw error;
    }
  }

  /** What becomes of a frame; one that has to wait lets those before it go on. */
  async #judge(
    direction: Direction,
    frame: Frame,
    sendBefore: () => Promise<void>,
  ): Promise<Verdict> {
    const verdict = this.#watch?.(direction, frame) ?? "pass";
    if (typeof verdict === "string") return verdict;
    await sendBefore();
    return await verdict;
  }
}

/** Writes and empties `parts`. */
async function send(to: Deno.TcpConn, parts: Uint8Array[]): Promise<void> {
  if (parts.length === 0) return;
  const bytes = joined(parts.splice(0));
  for (let sent = 0; sent < bytes.length;) sent += await to.write(bytes.subarray(sent));
}

function close(resource: Deno.TcpConn | Deno.TcpListener): void {
  try {
    resource.close();
  } catch (error) {
    // Closed by the other direction already.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

/** Whether a connection just ended, by whatever side. */
function isBroken(error: unknown): boolean {
  return [
    Deno.errors.BadResource,
    Deno.errors.BrokenPipe,
    Deno.errors.ConnectionReset,
    Deno.errors.ConnectionRefused,
    Deno.errors.ConnectionAborted,
    Deno.errors.Interrupted,
    Deno.errors.NotConnected,
  ].some((kind) => error instanceof kind);
}

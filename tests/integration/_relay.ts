/** A TCP relay that can fall silent, so that nobody answers and nobody closes, or cut everything off. */

export class Relay implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #target: { readonly hostname: string; readonly port: number };
  readonly #open = new Set<Deno.TcpConn>();
  readonly #pumps: Promise<void>[] = [];
  #silence: PromiseWithResolvers<void> | undefined;
  #isCut = false;

  constructor(target: { readonly hostname: string; readonly port: number }) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#pumps.push(this.#accept());
  }

  /** From now on nothing gets through; connections stay open. */
  hush(): void {
    this.#silence ??= Promise.withResolvers<void>();
  }

  /** Closes every connection, and each new one at once. */
  cut(): void {
    this.#isCut = true;
    for (const end of this.#open) end.close();
    this.#open.clear();
  }

  /** What was held back gets through, and everything after it. */
  resume(): void {
    this.#isCut = false;
    this.#silence?.resolve();
    this.#silence = undefined;
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      if (this.#isCut) {
        near.close();
        continue;
      }
      const far = await Deno.connect(this.#target);
      this.#open.add(near).add(far);
      this.#pumps.push(this.#pump(near, far), this.#pump(far, near));
    }
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const length = await from.read(buffer);
        await this.#silence?.promise;
        if (length === null) break;
        for (let sent = 0; sent < length;) sent += await to.write(buffer.subarray(sent, length));
      }
    } catch (error) {
      // One of the ends is gone: so is the other.
      if (!(error instanceof Deno.errors.BadResource || isGone(error))) throw error;
    } finally {
      for (const end of [from, to]) {
        if (this.#open.delete(end)) end.close();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    this.#listener.close();
    this.cut();
    await Promise.all(this.#pumps);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.NotConnected;
}

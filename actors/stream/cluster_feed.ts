/**
 * `GET /sse/cluster-info`: the state of the runtime once a second, for as long as somebody looks. One
 * look and one frame serve all watchers.
 */
import type { ServerResponse } from "node:http";
import type { ClusterWatch } from "../cluster/mod.ts";
import { ProblemError, refuseUnknownParameters } from "../protocol/mod.ts";
import type { Access, Caller } from "./access.ts";
import type { Addresses } from "./addresses.ts";
import { clusterFrame } from "./frame.ts";
import { refuseTokenInUrl } from "./request.ts";
import { type Exchange, ResponseOutlet, sendStreamHead } from "./server.ts";

const EVERY_MS = 1_000;
const MAX_WATCHERS = 200;
/** A watcher that leaves so much unread is cut; it may come back. */
const MAX_QUEUED_BYTES = 256 * 1024;

export interface ClusterFeedOptions {
  readonly access: Access;
  readonly addresses: Addresses;
  readonly cluster: Pick<ClusterWatch, "look">;
  /** Told when the cluster cannot be looked at; watchers get nothing new until it can. */
  failed(error: unknown): void;
}

interface Watcher {
  readonly caller: Caller;
  readonly address: string;
  readonly outlet: ResponseOutlet;
}

export class ClusterFeed {
  readonly #options: ClusterFeedOptions;
  readonly #watchers = new Map<ServerResponse, Watcher>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking = false;

  constructor(options: ClusterFeedOptions) {
    this.#options = options;
  }

  /**
   * Answers with the feed; any signed-in user may watch.
   *
   * @throws {ProblemError} when the request is refused; nothing has been sent then
   */
  async open({ request, response, url }: Exchange): Promise<void> {
    const { access, addresses } = this.#options;
    refuseTokenInUrl(url.searchParams);
    refuseUnknownParameters(url.searchParams, []);
    const caller = await access.authenticate(
      request.headers.authorization,
      Date.now(),
    );
    if (this.#watchers.size >= MAX_WATCHERS) {
      throw new ProblemError({ code: "unavailable", detail: "Too many watch the cluster already" });
    }
    const address = addresses.of(request);
    addresses.checkRoom(address);
    if (request.method === "HEAD") return sendStreamHead(response);
    this.#watchers.set(response, { caller, address, outlet: new ResponseOutlet(response) });
    addresses.add(address);
    response.on("close", () => this.#remove(response));
    this.#timer ??= setInterval(() => void this.#tick(), EVERY_MS);
    await this.#tick();
  }

  /** Ends every watcher's stream. */
  close(): void {
    for (const [response, { outlet }] of this.#watchers) {
      outlet.end();
      this.#remove(response);
    }
  }

  #remove(response: ServerResponse): void {
    const watcher = this.#watchers.get(response);
    if (!watcher) return;
    this.#watchers.delete(response);
    this.#options.addresses.remove(watcher.address);
    if (this.#watchers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #tick(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const frame = clusterFrame(await this.#options.cluster.look());
      for (const [response, watcher] of this.#watchers) {
        if (this.#mayGoOn(watcher)) watcher.outlet.write(frame);
        else {
          watcher.outlet.end();
          this.#remove(response);
        }
      }
    } catch (error) {
      this.#options.failed(error);
    } finally {
      this.#looking = false;
    }
  }

  #mayGoOn({ caller, outlet }: Watcher): boolean {
    if (caller.expiresAtMs <= Date.now() || outlet.queuedBytes > MAX_QUEUED_BYTES) return false;
    try {
      this.#options.access.checkSession(caller);
      return true;
    } catch (error) {
      if (error instanceof ProblemError) return false;
      throw error;
    }
  }
}

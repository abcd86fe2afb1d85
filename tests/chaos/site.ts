/** The surroundings of one scenario: NATS, group hosts, and a way past all proxies to look at them. */
import {
  applyStreams,
  connectNats,
  DEFAULT_STREAM_SETTINGS,
  type NatsConnection,
} from "../../actors/platform/mod.ts";
import { eventually } from "../support/eventually.ts";
import { HostSlot } from "./hosts.ts";
import { MailboxTap } from "./mailbox_tap.ts";
import { type NatsNode, natsNodes } from "./nats_nodes.ts";

export interface SiteOptions {
  /** One NATS server, or three that replicate every stream. */
  readonly nodes: 1 | 3;
  readonly hosts: number;
  /** Every host owns every block. */
  readonly ownsAll?: boolean;
  /** Whether the way between a host and a single server can be broken; it can when absent. */
  readonly breakable?: boolean;
  /** More of a host's environment, by its index. */
  readonly hostEnv?: (index: number) => Readonly<Record<string, string>>;
}

export class Site implements AsyncDisposable {
  readonly nodes: readonly NatsNode[];
  readonly hosts: readonly HostSlot[];
  /** Where clients connect: every server. */
  readonly url: string;
  readonly connection: NatsConnection;
  readonly tap: MailboxTap;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    parts: Pick<Site, "nodes" | "hosts" | "url" | "connection" | "tap">,
    resources: AsyncDisposableStack,
  ) {
    this.nodes = parts.nodes;
    this.hosts = parts.hosts;
    this.url = parts.url;
    this.connection = parts.connection;
    this.tap = parts.tap;
    this.#resources = resources;
  }

  /** Starts all of it, with data in a folder that goes with it. */
  static async start(options: SiteOptions): Promise<Site> {
    await using resources = new AsyncDisposableStack();
    const dataDir = await Deno.makeTempDir({ prefix: "todo1m-chaos-" });
    resources.defer(() => Deno.remove(dataDir, { recursive: true }));
    const nodes = await natsNodes(dataDir, options.nodes);
    for (const node of nodes) resources.use(node);
    await Promise.all(nodes.map((node) => node.start()));
    const url = nodes.map((node) => node.url).join(",");
    const connection = await connectNats({ url, name: "chaos" });
    resources.defer(() => connection.close());
    const settings = { ...DEFAULT_STREAM_SETTINGS, replicas: options.nodes };
    // A cluster takes a while to find its leaders.
    await eventually(
      async () => {
        await applyStreams(connection, settings);
        return true;
      },
      "the streams",
      30_000,
    );
    const tap = resources.use(new MailboxTap(connection));
    const hosts = Array.from({ length: options.hosts }, (_, i) =>
      resources.use(
        new HostSlot(`host-${i}`, {
          natsUrl: url,
          replicas: options.nodes,
          ownsAll: options.ownsAll ?? false,
          breakable: options.breakable ?? true,
          env: options.hostEnv?.(i) ?? {},
        }),
      ));
    await Promise.all(hosts.map((host) => host.start()));
    return new Site({ nodes, hosts, url, connection, tap }, resources.move());
  }

  /** A connection of its own for a client; the site closes it. */
  async connect(name: string): Promise<NatsConnection> {
    const connection = await connectNats({ url: this.url, name });
    this.#resources.defer(() => connection.close());
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

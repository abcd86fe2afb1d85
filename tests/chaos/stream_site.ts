/**
 * The surroundings of a scenario about streams: a NATS server, streamers as processes of their own, and
 * groups whose commits are put into the log as their owner would. Every reader is the groups' owner.
 */
import { exportJWK, generateKeyPair, SignJWT } from "@panva/jose";
import { applyStreams, connectNats, type NatsConnection } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { GroupWriter } from "../../actors/stream/testing/mod.ts";
import { streamerV8Flags } from "../../dev/mod.ts";
import { eventually } from "../support/eventually.ts";
import { residentBytes } from "../support/resident.ts";
import { Child, freePort } from "./child.ts";
import { natsNodes } from "./nats_nodes.ts";

const OWNER = "reader";
const READY_MS = 60_000;

export interface StreamSiteOptions {
  readonly streamers: number;
  readonly groups: number;
  /** More of the streamers' environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export class StreamSite implements AsyncDisposable {
  readonly streamers: readonly StreamerSlot[];
  readonly groups: readonly GroupWriter[];
  /** A token that every streamer takes for the rest of the run. */
  readonly token: string;
  /** Makes a token of `userId`, of the groups' owner when absent. */
  readonly newToken: (userId?: string) => Promise<string>;
  readonly #connection: NatsConnection;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    parts: Pick<StreamSite, "streamers" | "groups" | "token" | "newToken"> & {
      connection: NatsConnection;
    },
    resources: AsyncDisposableStack,
  ) {
    this.streamers = parts.streamers;
    this.groups = parts.groups;
    this.token = parts.token;
    this.newToken = parts.newToken;
    this.#connection = parts.connection;
    this.#resources = resources;
  }

  static async start({ streamers, groups, env = {} }: StreamSiteOptions): Promise<StreamSite> {
    await using resources = new AsyncDisposableStack();
    const dataDir = await Deno.makeTempDir({ prefix: "todo1m-chaos-" });
    resources.defer(() => Deno.remove(dataDir, { recursive: true }));
    for (const node of await natsNodes(dataDir, 1)) {
      resources.use(node);
      await node.start();
      const connection = await connectNats({ url: node.url, name: "chaos" });
      resources.defer(() => connection.close());
      await applyStreams(connection);
      const { newToken, jwks } = await credentials();
      const token = await newToken();
      const slots = Array.from(
        { length: streamers },
        (_, i) =>
          resources.use(
            new StreamerSlot(`streamer-${i}`, { NATS_URL: node.url, JWKS: jwks, ...env }),
          ),
      );
      const writers = Array.from({ length: groups }, () => new GroupWriter(newId(), OWNER));
      const site = new StreamSite(
        { streamers: slots, groups: writers, token, newToken, connection },
        resources.move(),
      );
      for (const writer of writers) site.publish(writer, writer.create());
      await connection.flush();
      await Promise.all(slots.map((slot) => slot.start()));
      return site;
    }
    throw new Error("Cannot start: there is no NATS server");
  }

  /** Puts the next commit of `writer` into the log; one connection keeps the order. */
  publish(writer: GroupWriter, bytes: Uint8Array): void {
    this.#connection.publish(groupSubject("event", writer.groupId), bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** A place for a streamer, at one port: the process in it comes and goes. */
export class StreamerSlot implements AsyncDisposable {
  readonly name: string;
  readonly port = freePort();
  readonly #env: Readonly<Record<string, string>>;
  #child: Child | undefined;

  constructor(name: string, env: Readonly<Record<string, string>>) {
    this.name = name;
    this.#env = env;
  }

  /** Starts a streamer; resolves when it is ready. */
  async start(): Promise<void> {
    const child = new Child(this.name, {
      command: Deno.execPath(),
      args: ["run", "-P=streamer", "--frozen", "actors/stream/main.ts"],
      env: {
        ENVIRONMENT: "development",
        DENO_V8_FLAGS: streamerV8Flags,
        LOG_LEVEL: "error",
        STREAMS_PER_USER: "1000000",
        STREAMS_PER_ADDRESS: "1000000",
        PORT: String(this.port),
        ...this.#env,
      },
    });
    this.#child = child;
    await eventually(
      () => child.gone || this.isReady(),
      `${this.name} to be ready`,
      READY_MS,
    );
    if (child.gone) throw new Error(`${this.name} ended at once:\n${child.tail.join("\n")}`);
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${this.port}/readyz`);
    await response.body?.cancel();
    return response.ok;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The metrics of the process that runs now, as text. */
  async metrics(): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.port}/metrics`);
    return await response.text();
  }

  /** Memory that the process has, in bytes. */
  residentBytes(): number {
    return residentBytes(this.pid);
  }

  async end(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    await this.#child?.end(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** A key pair: its public half for the streamers, and tokens that are signed with the other. */
async function credentials(): Promise<Pick<StreamSite, "newToken"> & { readonly jwks: string }> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const jwks = JSON.stringify({
    keys: [{ ...await exportJWK(publicKey), kid: "chaos", alg: "EdDSA" }],
  });
  const newToken = (userId = OWNER) =>
    new SignJWT({ sid: "s1", username: userId })
      .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "chaos" })
      .setIssuer("todo1m").setAudience("todo1m").setSubject(userId).setJti(newId())
      .setIssuedAt().setExpirationTime("12h").sign(privateKey);
  return { newToken, jwks };
}

/**
 * A streamer's surroundings for one test: a NATS server of its own, keys, groups whose commits are put
 * into the log as their owner would, and readers that check what they get.
 */
import { exportJWK, generateKeyPair, SignJWT } from "@panva/jose";
import { jetstream } from "@nats-io/jetstream";
import {
  applyStreams,
  connectNats,
  isWrongLastSequence,
  type NatsConnection,
  pause,
} from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { groupSubject } from "../../actors/protocol/routing/mod.ts";
import { startStreamer, type StreamConfig, type Streamer } from "../../actors/stream/mod.ts";
import {
  type Frame,
  FrameReader,
  GroupWriter,
  ReaderModel,
} from "../../actors/stream/testing/mod.ts";
import { pauseProcess, startNatsServer } from "../../dev/mod.ts";
import { until } from "./_until.ts";

export interface StreamFixture {
  readonly natsUrl: string;
  readonly jwks: string;
  readonly connection: NatsConnection;
  /** Kills the server without warning; it comes back by itself. */
  killNats(): void;
  /** Stops the server, which keeps its connections and says nothing; returns what lets it go on. */
  hangNats(): Promise<() => void>;
  /** Starts a streamer in this process; it is stopped with the fixture at the latest. */
  start(config?: Partial<StreamConfig>): Promise<Streamer>;
  /** A token of `userId`, valid unless `claims` or `header` say otherwise. */
  token(userId: string, options?: TokenOptions): Promise<string>;
  /** A new group of `ownerId` with its first commit in the log. */
  group(ownerId: string): Promise<Group>;
}

export interface TokenOptions {
  readonly expiresInSeconds?: number;
  readonly issuer?: string;
  readonly audience?: string;
  readonly typ?: string;
  readonly sessionId?: string;
}

/** A group whose commits are appended with the expectation its owner would have. */
export interface Group {
  readonly id: string;
  readonly writer: GroupWriter;
  append(bytes: Uint8Array): Promise<void>;
}

export const QUICK: StreamConfig = {
  port: 0,
  hostname: "127.0.0.1",
  metricsPort: undefined,
  publicMetrics: true,
  natsUrl: "",
  shards: 1,
  jwks: { text: "" },
  issuer: "todo1m",
  audience: "todo1m",
  accessTokenMs: 900_000,
  streamsPerUser: 64,
  streamsPerAddress: 1_000,
  streamsTotal: 1_000,
  openingAtOnce: 1_000,
  trustedProxies: [],
  allowedOrigins: [],
  messagesPerMinute: 60_000,
  ticketsPerMinute: 6_000,
  groupsPerStream: 20,
  heartbeatMs: 15_000,
  rotateMs: 600_000,
  stallMs: 5_000,
  maxBehindBytes: 256 * 1024,
  retryMs: 1_000,
  ringCommits: 256,
  ringBytes: 256 * 1024,
  maxReplayVersions: 10_000,
  idleFeedMs: 60_000,
  maxIdleFeeds: 1_000,
  auditMs: 30_000,
  drainMs: 5_000,
};

/** Runs `body` with a fixture. */
export async function withStreams(body: (fixture: StreamFixture) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-stream-" });
  const streamers: Streamer[] = [];
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const jwks = JSON.stringify({
    keys: [{ ...await exportJWK(publicKey), kid: "k1", alg: "EdDSA", use: "sig" }],
  });
  try {
    await using nats = await startNatsServer({ dataDir });
    const connection = await connectNats({ url: nats.url, name: "test" });
    const own: NatsConnection[] = [connection];
    try {
      await applyStreams(connection);
      await body({
        natsUrl: nats.url,
        jwks,
        connection,
        killNats: () => Deno.kill(nats.pid, "SIGKILL"),
        async hangNats() {
          const { pid } = nats;
          await pauseProcess(pid);
          return () => Deno.kill(pid, "SIGCONT");
        },
        async start(config = {}) {
          const its = await connectNats({ url: nats.url, name: "streamer" });
          own.push(its);
          const streamer = await startStreamer({ ...QUICK, jwks: { text: jwks }, ...config }, its);
          streamers.push(streamer);
          return streamer;
        },
        token: (userId, options = {}) =>
          new SignJWT({ sid: options.sessionId ?? "s1", username: userId })
            .setProtectedHeader({ alg: "EdDSA", typ: options.typ ?? "at+jwt", kid: "k1" })
            .setIssuer(options.issuer ?? "todo1m").setAudience(options.audience ?? "todo1m")
            .setSubject(userId).setJti(newId()).setIssuedAt()
            .setExpirationTime(Math.floor(Date.now() / 1000) + (options.expiresInSeconds ?? 900))
            .sign(privateKey),
        async group(ownerId) {
          const group = new LoggedGroup(connection, new GroupWriter(newId(), ownerId));
          await group.append(group.writer.create());
          return group;
        },
      });
    } finally {
      for (const streamer of streamers) await streamer.stop();
      for (const each of own) await each.close();
    }
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

class LoggedGroup implements Group {
  readonly writer: GroupWriter;
  readonly #connection: NatsConnection;
  #last = 0;

  constructor(connection: NatsConnection, writer: GroupWriter) {
    this.#connection = connection;
    this.writer = writer;
  }

  get id(): string {
    return this.writer.groupId;
  }

  /** Appends until it is in the log; the expectation keeps a repeated attempt from doubling it. */
  async append(bytes: Uint8Array): Promise<void> {
    const subject = groupSubject("event", this.id);
    for (let attempt = 1;; attempt++) {
      try {
        const expect = { lastSubjectSequence: this.#last };
        const ack = await jetstream(this.#connection, { timeout: 1_000 })
          .publish(subject, bytes, { expect });
        this.#last = ack.seq;
        return;
      } catch (error) {
        if (isWrongLastSequence(error)) {
          // An earlier attempt got through without its acknowledgement.
          const last = Number(/last sequence: (\d+)$/.exec(error.message)?.[1]);
          if (last > this.#last) {
            this.#last = last;
            return;
          }
        }
        if (attempt === 50) throw error;
        await pause(50);
      }
    }
  }
}

/** A stream as a client reads it; every frame has passed the model's checks. */
export class StreamClient {
  readonly model = new ReaderModel();
  readonly frames: Frame[] = [];
  readonly response: Response;
  readonly #reader = new FrameReader();
  readonly #abort: AbortController;
  readonly #done: Promise<void>;
  /** Whether the server ended the stream. */
  ended = false;
  #failure: unknown;

  private constructor(response: Response, abort: AbortController, after?: ReaderModel) {
    this.response = response;
    this.#abort = abort;
    for (const [id, version] of after?.versions ?? []) this.model.versions.set(id, version);
    this.model.cursor = after?.cursor;
    this.#done = this.#read();
  }

  /** Opens a stream of `groups`, after what `after` has when it is given; `query` is added to the URL. */
  static async open(
    streamer: { readonly port: number },
    token: string,
    groups: readonly Pick<Group, "id">[],
    after?: ReaderModel,
    query = "",
  ): Promise<StreamClient> {
    const abort = new AbortController();
    const ids = groups.map(({ id }) => id).join(",");
    const url = `http://127.0.0.1:${streamer.port}/events?group_id=${ids}${query}`;
    const response = await fetch(url, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(after?.cursor ? { "last-event-id": after.cursor } : {}),
      },
      signal: abort.signal,
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return new StreamClient(response, abort, after);
  }

  /** Comments seen, such as heartbeats. */
  get comments(): number {
    return this.#reader.comments;
  }

  get events(): string[] {
    return this.frames.map(({ event }) => event);
  }

  /** Waits until `condition` holds. */
  async until(condition: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    const holds = () => {
      if (this.#failure) throw this.#failure;
      return condition();
    };
    await until(holds, timeoutMs, () => what);
  }

  /** Waits until the reader has everything that was written to `groups`. */
  async caughtUp(...groups: readonly Group[]): Promise<void> {
    await this.until(
      () => groups.every(({ id, writer }) => this.model.versions.get(id) === writer.version),
      `everything to arrive (${JSON.stringify([...this.model.versions])})`,
    );
  }

  /** Goes away. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#done;
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.response.body ?? []) {
        for (const frame of this.#reader.push(chunk)) {
          this.frames.push(frame);
          this.model.take(frame);
        }
      }
      this.ended = true;
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#failure = error;
    }
  }
}

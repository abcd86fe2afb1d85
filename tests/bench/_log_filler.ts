/** Fills a log with plausible commits faster than a platform that decides them could. */
import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import { headers as newHeaders } from "@nats-io/nats-core";
import { type NatsConnection, streamName } from "../../actors/platform/mod.ts";
import type { GroupEvent } from "../../actors/protocol/mod.ts";
import {
  blockOf,
  headers,
  parseActorSubject,
  shardOfBlock,
} from "../../actors/protocol/routing/mod.ts";
import { LogBuilder, newTodo } from "../../actors/projection/testing/mod.ts";

const WINDOW = 512;
const CHUNK = 8_192;

/** Appends to a log in turn for each of its groups: a third each of todos made, changed and completed. */
export class LogFiller {
  readonly log = new LogBuilder();
  readonly #connection: NatsConnection;
  readonly #groups: number;
  readonly #shards: number;
  /** The todo that each group made last. */
  readonly #last = new Map<string, string>();
  #count = 0;

  /** Fills the log over `connection`, which is cut into `shards` streams, with `groups` groups. */
  constructor(connection: NatsConnection, groups: number, { shards = 1 } = {}) {
    this.#connection = connection;
    this.#groups = groups;
    this.#shards = shards;
  }

  /** How many events there are. */
  get count(): number {
    return this.#count;
  }

  /** Publishes `count` further events, each a commit of its own, and waits until they are stored. */
  async publish(count: number, onEvent: (event: GroupEvent) => void = () => {}): Promise<void> {
    const stream = jetstream(this.#connection);
    for (let done = 0; done < count;) {
      const chunk = Math.min(CHUNK, count - done);
      const messages = this.make(chunk, onEvent);
      for (let i = 0; i < messages.length; i += WINDOW) {
        await Promise.all(
          messages.slice(i, i + WINDOW).map((message) =>
            publishCommit(stream, message, this.#shards)
          ),
        );
      }
      done += chunk;
    }
  }

  /** `count` further events, each a commit of its own, which somebody else publishes in this order. */
  make(count: number, onEvent: (event: GroupEvent) => void = () => {}): LogBuilder["messages"] {
    for (let i = 0; i < count; i++) onEvent(this.#append(this.#count++));
    // What is stored is not kept: a long log would not fit into memory.
    return this.log.messages.splice(0);
  }

  #append(i: number): GroupEvent {
    const { log } = this;
    const group = groupName(i % this.#groups);
    const round = Math.floor(i / this.#groups) % 3;
    const todo_id = this.#last.get(group);
    if (round === 0 || !todo_id) {
      const todo = newTodo(log, group, { title: `Buy oat milk and bread, number ${i}` });
      this.#last.set(group, todo.id);
      return log.append(group, "todo.created", { todo });
    }
    if (round === 1) {
      const title = { from: `Buy oat milk, number ${i}`, to: `Buy two litres, number ${i}` };
      return log.append(group, "todo.updated", { todo_id, changes: { title } });
    }
    const changes = { completed: { from: false, to: true }, completed_at: { to: log.now() } };
    return log.append(group, "todo.completed", { todo_id, changes });
  }
}

export function groupName(index: number): string {
  return `group-${index}`;
}

/** Publishes `message` under the fields that the host writes, to a log that is cut into `shards` streams. */
export function publishCommit(
  stream: JetStreamClient,
  message: LogBuilder["messages"][number],
  shards = 1,
) {
  const partition = parseActorSubject(message.subject)?.partition ?? 0;
  const header = newHeaders();
  header.set("Nats-Expected-Stream", streamName("EV", shardOfBlock(blockOf(partition), shards)));
  header.set(headers.COMMIT_ID, crypto.randomUUID());
  header.set(headers.MAILBOX_SEQUENCE, `${message.sequence}`);
  header.set(headers.CODE_VERSION, "1");
  if (message.previousHash !== "") header.set(headers.PREVIOUS_HASH, message.previousHash);
  return stream.publish(message.subject, message.data, { headers: header });
}

/**
 * What connects a host to the others: its reports and theirs, on core NATS. While there is no connection
 * nothing is sent, so that no old reports go out when there is one again.
 */
import type { NatsConnection, Subscription } from "@nats-io/nats-core";
import { logger } from "../../platform/mod.ts";
import {
  HOST_REPORTS,
  HOST_ROLL_CALL,
  type HostReport,
  hostReportSubject,
  parseHostReport,
} from "../../protocol/routing/mod.ts";

export interface ClusterListener {
  /** A report arrived, possibly this host's own. */
  heard(report: HostReport): void;
  /** Everybody is to report now. */
  called(): void;
}

export class ClusterLink implements Disposable {
  readonly #connection: NatsConnection;
  readonly #subscriptions: readonly Subscription[];
  #connected = true;

  constructor(connection: NatsConnection, listener: ClusterListener) {
    this.#connection = connection;
    this.#subscriptions = [
      connection.subscribe(`${HOST_REPORTS}.*`, {
        callback: (error, message) => {
          if (error) return refuse(error);
          const report = parseHostReport(message.data);
          if (report) listener.heard(report);
          else refuse(new Error(`"${message.subject}" got what is no report`));
        },
      }),
      connection.subscribe(HOST_ROLL_CALL, {
        callback: (error) => error ? refuse(error) : listener.called(),
      }),
    ];
    void this.#watch(listener);
  }

  /** Tells everybody, this host included. */
  report(report: HostReport): void {
    this.#send(hostReportSubject(report.host_id), JSON.stringify(report));
  }

  /** Asks everybody for a report. */
  callRoll(): void {
    this.#send(HOST_ROLL_CALL, "");
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #send(subject: string, data: string): void {
    if (this.#connected && !this.#connection.isClosed()) this.#connection.publish(subject, data);
  }

  async #watch(listener: ClusterListener): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === "disconnect") this.#connected = false;
      if (type !== "reconnect") continue;
      this.#connected = true;
      listener.called();
    }
  }
}

function refuse(error: Error): void {
  logger("cluster").error("A message about hosts cannot be received: {error}", { error });
}

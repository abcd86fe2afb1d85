/** Helpers for tests of what is told to the log. */
import { configureSync, type LogLevel, type LogRecord, resetSync } from "@logtape/logtape";

/** Keeps what is logged, and what the logging itself complains about, instead of writing it, until disposed. */
export class KeptLog implements Disposable {
  readonly records: LogRecord[] = [];

  /** @param category of our loggers, those below it included; all of ours when absent */
  constructor(lowestLevel: LogLevel, category: readonly string[] = []) {
    configureSync({
      sinks: { kept: (record) => void this.records.push(record) },
      loggers: [
        { category: ["todo1m", ...category], lowestLevel, sinks: ["kept"] },
        { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["kept"] },
      ],
    });
  }

  [Symbol.dispose](): void {
    resetSync();
  }
}

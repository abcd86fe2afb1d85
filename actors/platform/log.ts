/** Structured logs: one JSON line per record on standard error, the level set by `LOG_LEVEL`. */
import {
  configureSync,
  getConsoleSink,
  getLogger,
  type Logger,
  type LogLevel,
  parseLogLevel,
} from "@logtape/logtape";
import { logLine } from "./_log_line.ts";
import { readString } from "./config.ts";

export type { Logger } from "@logtape/logtape";

/** Sets up logging for the process named `process`; call it once, first thing in a `main.ts`. */
export function configureLogging(options: { process: string }): void {
  const level: LogLevel = parseLogLevel(readString("LOG_LEVEL", "info"));
  configureSync({
    reset: true,
    sinks: {
      console: getConsoleSink({
        formatter: (record) => logLine(record, options.process),
      }),
    },
    loggers: [
      { category: ["todo1m"], lowestLevel: level, sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
}

/** The logger of one part of the system, such as `host` or `edge.auth`. */
export function logger(category: string): Logger {
  return getLogger(["todo1m", ...category.split(".")]);
}

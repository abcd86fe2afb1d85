/** What the local stack has to know about a process: how it is run, and how it is found again. */

/** One process to keep running. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  readonly port: number;
  readonly url: string;
  /** A part of the command line no foreign process has; proves that a pid is still this process. */
  readonly match: string;
  /** Asked first when stopping; SIGKILL follows after the grace. Default SIGTERM. */
  readonly stopSignal?: Deno.Signal;
  /** How long the first start may take. Default 60 s. */
  readonly readyTimeoutMs?: number;
  /** Runs before every start, for example to clear what a crash left. */
  prepare?(): Promise<void>;
  /** Whether the process can do its work; a throw means no. */
  isReady(): Promise<boolean>;
}

/** A row of `dev.json`. */
export interface ProcessRow {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly match: string;
}

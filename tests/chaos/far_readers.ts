/**
 * Readers of streams behind a network device of their own, which can be cut: their machine is gone then without
 * a word, as a telephone in a tunnel is. Needs `unshare`, `nsenter` and `ip`, and the rights of {@link runInside}.
 */
import { ReaderProcess } from "../bench/reader_process.ts";

const NEAR = "10.9.0.1";
const FAR = "10.9.0.2";
/** Nobody has it: what is sent there arrives at the other device, which passes over it. */
const NOBODY = "02:00:00:00:00:01";

export class FarReaders extends ReaderProcess {
  /** The address at which they reach this side. */
  static readonly nearAddress = NEAR;

  /** Starts a process of readers in a network of its own, and connects it to this one. */
  static async start(): Promise<FarReaders> {
    const readers = new FarReaders(["unshare", "--net"]);
    // It answers, so it is there.
    await readers.ask({});
    const far = ["nsenter", "--target", `${readers.pid}`, "--net"];
    await run(
      "ip",
      "link",
      "add",
      "near",
      "type",
      "veth",
      "peer",
      "far",
      "netns",
      `${readers.pid}`,
    );
    await run("ip", "address", "add", `${NEAR}/30`, "dev", "near");
    await run("ip", "link", "set", "near", "up");
    await run(...far, "ip", "address", "add", `${FAR}/30`, "dev", "far");
    await run(...far, "ip", "link", "set", "far", "up");
    return readers;
  }

  /** Nothing arrives there from now on, and nothing tells so. */
  async cut(): Promise<void> {
    await run(
      "ip",
      "neighbour",
      "replace",
      FAR,
      "lladdr",
      NOBODY,
      "dev",
      "near",
      "nud",
      "permanent",
    );
  }
}

async function run(...[command = "", ...args]: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, stderr: "piped" }).output();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  }
}

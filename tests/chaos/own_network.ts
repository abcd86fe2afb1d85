/**
 * Runs this program again in a network namespace of its own, with a loopback device and settings that
 * hold nowhere else. Needs `unshare`, `ip` and `sysctl`, and the right to use them; Linux only.
 */

const INSIDE = "TODO1M_CHAOS_OWN_NETWORK";
const MIN_BYTES = 4_096;
const USUAL_BYTES = 16_384;

/** What holds in a network. */
export interface OwnNetwork {
  /**
   * Most bytes of a socket that were sent and not yet read: the kernel keeps megabytes for a reader that hangs
   * otherwise, before anybody can notice.
   */
  readonly sendBufferBytes?: number;
}

/** Whether this process is the one that was started in a network of its own. */
export function isInside(): boolean {
  return Deno.env.get(INSIDE) === "1";
}

/**
 * Runs the program with `args`; its output goes where this one's goes.
 *
 * @returns whether it ended well
 * @throws {Deno.errors.NotFound} when there is no `unshare` here
 */
export async function runInside(
  args: readonly string[],
  { sendBufferBytes }: OwnNetwork,
): Promise<boolean> {
  const setting = sendBufferBytes === undefined
    ? ""
    : `sysctl -qw net.ipv4.tcp_wmem="${MIN_BYTES} ${USUAL_BYTES} ${sendBufferBytes}" && `;
  const script = `ip link set lo up && ${setting}exec "$@"`;
  const program = [Deno.execPath(), "run", "-A", new URL("./main.ts", import.meta.url).pathname];
  const { success } = await new Deno.Command("unshare", {
    args: ["--net", "--map-root-user", "sh", "-c", script, "sh", ...program, ...args],
    env: { [INSIDE]: "1" },
  }).spawn().status;
  return success;
}

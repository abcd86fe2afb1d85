/** The NATS server built by the Go toolchain; the module proxy's checksum database verifies it. */
import { lastLine, run, which } from "./_exec.ts";
import {
  binaryName,
  installServer,
  type NatsSource,
  NotHere,
  pinnedVersion,
} from "./_nats_source.ts";

const timeLimitMs = 180_000;

/** `go install` of the pinned version into a temporary folder. */
export const goSource: NatsSource = {
  label: "go install",
  timeLimitMs,
  async acquire(targetDir) {
    if (!await which("go")) throw new NotHere("no go on PATH");
    const dir = await Deno.makeTempDir({ prefix: "todo-1m-go-" });
    try {
      const finished = await run("go", [
        "install",
        `github.com/nats-io/nats-server/v2@v${pinnedVersion}`,
      ], { cwd: dir, env: { GOBIN: dir, CGO_ENABLED: "0" }, timeoutMs: timeLimitMs });
      if (!finished.success) throw new Error(lastLine(finished));
      return await installServer(await Deno.readFile(`${dir}/${binaryName}`), targetDir);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
};

/** A streamer in a process of its own for benchmarks, with the tokens that it takes. */
import { exportJWK, generateKeyPair, SignJWT } from "@panva/jose";
import { pause } from "../../actors/platform/mod.ts";
import { newId } from "../../actors/protocol/mod.ts";
import { freePort, streamerV8Flags } from "../../dev/mod.ts";
import { OWNER } from "./group_log.ts";

export interface BenchStreamer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** A new token of the owner of the made-up groups. */
  token(): Promise<string>;
  /** Ends it without warning. */
  kill(): Promise<void>;
}

/** Starts a streamer on the server at `natsUrl`; resolves when it is ready. */
export async function startBenchStreamer(
  natsUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchStreamer> {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const jwks = { keys: [{ ...await exportJWK(publicKey), kid: "bench", alg: "EdDSA" }] };
  const port = settings["PORT"] ? Number(settings["PORT"]) : freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=streamer", "actors/stream/main.ts"],
    env: {
      NATS_URL: natsUrl,
      JWKS: JSON.stringify(jwks),
      ENVIRONMENT: "development",
      DENO_V8_FLAGS: streamerV8Flags,
      STREAMS_PER_USER: "100000",
      MAX_IDLE_FEEDS: "100000",
      IDLE_FEED_MS: "600000",
      LOG_LEVEL: "error",
      ...settings,
      PORT: `${port}`,
    },
    stdout: "null",
  }).spawn();
  await untilReady(port);
  const end = async (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has ended already.
      if (!(error instanceof TypeError)) throw error;
    }
    await child.status;
  };
  return {
    port,
    pid: child.pid,
    token: () =>
      new SignJWT({ sid: "s1", username: OWNER })
        .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "bench" })
        .setIssuer("todo1m").setAudience("todo1m").setSubject(OWNER).setJti(newId())
        .setIssuedAt().setExpirationTime("15m").sign(privateKey),
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  };
}

async function untilReady(port: number): Promise<void> {
  for (let i = 0; i < 400; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await pause(50);
  }
  throw new Error("The streamer does not become ready");
}

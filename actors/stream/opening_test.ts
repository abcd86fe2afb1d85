/** What is checked once more after the waits of an opening, over a real socket and a log in memory. */
import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "@panva/jose";
import { TrustedProxies } from "../platform/mod.ts";
import { Access, createEndedSessions } from "./access.ts";
import { Admission } from "./admission.ts";
import { Addresses } from "./addresses.ts";
import { openStream } from "./opening.ts";
import { createStreamServer } from "./server.ts";
import { Streams } from "./streams.ts";
import { GROUP, group, World } from "./testing/mod.ts";

Deno.test("a session that ends while its stream is being opened gets none", async () => {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
  const jwks = JSON.stringify({ keys: [{ ...await exportJWK(publicKey), kid: "k1" }] });
  const token = await new SignJWT({ sid: "s-1" })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "k1" })
    .setIssuer("todo1m").setAudience("todo1m").setSubject("ana").setJti("t-1").setIssuedAt()
    .setExpirationTime("15m").sign(privateKey);
  const endedSessions = createEndedSessions(900_000);
  const world = new World();
  group(world);
  const { promise: logAsked, resolve: logIsAsked } = Promise.withResolvers<void>();
  const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
  const newest = world.log.newest.bind(world.log);
  world.log.newest = async (groupId) => {
    logIsAsked();
    await gate;
    return await newest(groupId);
  };
  const addresses = new Addresses({
    limit: 10,
    proxies: new TrustedProxies([]),
    onLimited: () => {},
  });
  const streams = new Streams({ perUser: 6, total: 10, addresses });
  const context = {
    access: new Access({ jwks, issuer: "todo1m", audience: "todo1m", endedSessions }),
    addresses,
    feeds: world.feeds,
    streams,
    connections: world.context,
    epoch: world.context.epoch,
    presence: world.presence,
    maxGroups: 20,
    rotateMs: 600_000,
    admission: new Admission({ atOnce: 10, onLimited: () => {} }),
    isDraining: () => false,
    opened: () => {},
  };
  const failures: unknown[] = [];
  const server = createStreamServer({
    routes: { "/events": { GET: (exchange) => openStream(exchange, context) } },
    refused: () => {},
    failed: (error) => failures.push(error),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const opening = fetch(`http://127.0.0.1:${port}/events?group_id=${GROUP}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(10_000),
    });
    await logAsked;
    endedSessions.add("s-1");
    openGate();
    const response = await opening;
    assert.equal(response.status, 401);
    assert.equal((await response.json()).detail, "the session has ended");
    assert.equal(streams.size, 0);
    assert.deepEqual(failures, []);
  } finally {
    world.feeds.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** How long events gather before they are projected: long when nobody waits, and no longer when somebody does. */
import assert from "node:assert/strict";
import { LogBuilder, newTodo } from "../../actors/projection/testing/mod.ts";
import { Projection } from "../../edge/reads/mod.ts";
import { withProjection } from "./_projection_fixture.ts";

const BUSY = 20;
const HOUR_MS = 3_600_000;

Deno.test("after a busy batch events gather, until a reader waits for them", () =>
  withProjection(async ({ start, publish, projected, sql, connection }) => {
    const log = new LogBuilder();
    for (let i = 0; i < BUSY; i++) {
      log.append("g", "todo.created", { todo: newTodo(log, "g", { title: `Todo ${i}` }) });
    }
    await publish(log.messages);
    const projector = start({ limits: { lingerMs: HOUR_MS, awaitedLingerMs: 10 } });
    await projected(BUSY);
    for (let i = 0; i < 2; i++) {
      log.append("g", "todo.created", { todo: newTodo(log, "g", { title: `Later ${i}` }) });
    }
    await publish(log.messages.slice(BUSY));
    const projection = new Projection({ connection, sql, deadlineMs: 500 });
    // A version that is projected already is nothing to wait for.
    assert.equal(await projection.waitFor("g", BUSY), BUSY);
    assert.equal(projector.position, BUSY, "the later events gather");
    assert.equal(await projection.waitFor("g", BUSY + 2), BUSY + 2);
  }));

Deno.test("a projector that lingers stops at once", () =>
  withProjection(async ({ start, publish, projected }) => {
    const log = new LogBuilder();
    for (let i = 0; i < BUSY; i++) {
      log.append("g", "todo.created", { todo: newTodo(log, "g", { title: `Todo ${i}` }) });
    }
    await publish(log.messages);
    const projector = start({ limits: { lingerMs: HOUR_MS, awaitedLingerMs: 10 } });
    await projected(BUSY);
    const startedAt = performance.now();
    await projector.stop();
    assert.ok(performance.now() - startedAt < 2_000);
  }));

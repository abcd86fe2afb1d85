import assert from "node:assert/strict";
import { ProblemError, REFUSALS } from "../../actors/protocol/mod.ts";
import { WrongPassword } from "../auth/mod.ts";
import { malformed, RetryLater } from "../http/mod.ts";
import { UserService, type UserServiceDeps } from "./user_service.ts";
import type { User } from "./users.ts";

const ANA: User = { id: "u", username: "ana", passwordHash: "right", createdAt: new Date(0) };
const ASKING = { sessionId: "s1" };

/** A service over a store and a hash that are played, and what it has done. */
function serviceOf(changes: Partial<UserServiceDeps["users"]> = {}) {
  const done: string[] = [];
  const users = {
    byId: () => Promise.resolve(undefined),
    change: () => Promise.resolve({ kind: "changed", user: ANA, endedSessions: ["s2", "s3"] }),
    remove: () => Promise.resolve(["s1", "s2"]),
    ...changes,
  } as unknown as UserServiceDeps["users"];
  const passwords = {
    matches: (password: string, phc: string) => {
      done.push("hash");
      return Promise.resolve(password === phc);
    },
    checkNew: (password: string, pointer: string) =>
      password === "short" ? Promise.reject(malformed("too short", pointer)) : Promise.resolve(),
    hash: () => Promise.resolve("new"),
  } as unknown as UserServiceDeps["passwords"];
  const service = new UserService({
    users,
    passwords,
    announceEnd: ({ userId, sessionId }) => done.push(`${userId} ${sessionId} ends`),
    settleSeconds: 1,
    onDeleted: () => done.push("groups are left"),
  });
  return { service, done };
}

Deno.test("the sessions that a change or a deletion ends are announced, and groups are left", async () => {
  const { service, done } = serviceOf();
  await service.change(ANA, { wishes: { newPassword: "new horse" }, password: "right", ...ASKING });
  assert.deepEqual(done.splice(0), ["hash", "u s2 ends", "u s3 ends"]);
  await service.remove(ANA, "right");
  assert.deepEqual(done, ["hash", "u s1 ends", "u s2 ends", "groups are left"]);
});

Deno.test("a change or deletion that was given up says how to find out whether it took effect", async () => {
  const away = () =>
    Promise.reject(new RetryLater({ code: "unavailable", detail: "Send it again" }, 1));
  const { service, done } = serviceOf({ change: away, remove: away });
  const detailOf = (error: unknown) => (error as ProblemError).problem.detail;
  const wishes = { newPassword: "new horse" };
  const changed = service.change(ANA, { wishes, password: "right", ...ASKING });
  assert.match(await changed.catch(detailOf) as string, /not known whether yours was changed/);
  const removed = service.remove(ANA, "right");
  assert.match(await removed.catch(detailOf) as unknown as string, /whether yours was deleted/);
  assert.deepEqual(done, ["hash", "hash"], "no session is said to have ended");
});

Deno.test("what can be no password is refused without the work of a hash", async () => {
  const { service, done } = serviceOf();
  await assert.rejects(service.remove(ANA, "x".repeat(60_000)), WrongPassword);
  assert.deepEqual(done, []);
  await assert.rejects(service.remove(ANA, "wrong"), WrongPassword);
  assert.deepEqual(done, ["hash"]);
});

Deno.test("a wrong password is pointed at in the field that held it", async () => {
  const { service } = serviceOf();
  const wishes = { username: "anna" };
  const pointerOf = (error: unknown) => (error as ProblemError).problem.errors?.[0]?.pointer;
  const changed = service.change(ANA, { wishes, password: "wrong horse", ...ASKING });
  assert.equal(await changed.catch(pointerOf), "/current_password");
  assert.equal(await service.remove(ANA, "wrong horse").catch(pointerOf), "/password");
});

Deno.test("a wish that cannot be is refused before the password is looked at", async () => {
  const { service, done } = serviceOf();
  for (const wishes of [{ username: "a b" }, { newPassword: "short" }]) {
    await assert.rejects(
      service.change(ANA, { wishes, password: "right", ...ASKING }),
      ProblemError,
    );
  }
  assert.deepEqual(done, []);
});

Deno.test("an account that changed meanwhile stays as it is, and so does one whose new name is taken", async () => {
  const codeOf = async (attempt: Promise<unknown>) => {
    const error = await attempt.then(() => undefined, (error) => error);
    assert.ok(error instanceof ProblemError);
    return error.problem.detail;
  };
  const wishes = { username: "eve" };
  const stale = serviceOf({
    change: () => Promise.resolve({ kind: "stale" }),
    remove: () => Promise.resolve(undefined),
  });
  const taken = serviceOf({ change: () => Promise.resolve({ kind: "taken" }) });
  const change = ({ service }: typeof stale) =>
    service.change(ANA, { wishes, password: "right", ...ASKING });
  assert.match(await codeOf(change(stale)), /at the same moment/);
  assert.match(await codeOf(stale.service.remove(ANA, "right")), /at the same moment/);
  assert.equal(await codeOf(change(taken)), REFUSALS.nameTaken.detail);
  assert.deepEqual([...stale.done, ...taken.done], ["hash", "hash", "hash"]);
});

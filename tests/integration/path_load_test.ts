/** The rate limits at their development defaults leave honest load from one machine alone. */
import assert from "node:assert/strict";
import { Http, inParallel, User } from "../support/edge_user.ts";
import { setting } from "../support/eventually.ts";

const USERS = 256;
const CALLERS = 64;
const SECONDS = 4;

Deno.test("256 users register and 64 callers run a closed loop from one address without a single 429", async () => {
  using http = new Http(setting("TEST_EDGE_URL"));
  const users: User[] = [];
  await inParallel(Array(USERS).keys(), CALLERS, async (i) => {
    users.push(await User.register(http, `load${i}`));
  });
  assert.equal(users.length, USERS);

  let requests = 0;
  const refused: unknown[] = [];
  const deadline = performance.now() + SECONDS * 1000;
  await inParallel(users.slice(0, CALLERS), CALLERS, async (user) => {
    const groupId = await user.createGroup("Load");
    for (let n = 0; performance.now() < deadline; n++) {
      const { status, body } = n % 5 === 4
        ? await user.send("GET", `/api/v1/todos?group_id=${groupId}&limit=5`)
        : await user.send("POST", "/api/v1/command", {
          type: "todo.create",
          group_id: groupId,
          payload: { title: `Todo ${n}` },
        });
      requests++;
      if (status > 201) refused.push(body);
    }
  });
  assert.deepEqual(refused.slice(0, 3), [], `${refused.length} of ${requests} were refused`);
  assert(requests > CALLERS * 10, `only ${requests} requests in ${SECONDS} s`);
});

/** The other tabs of a browser, with the locks and the channel of this runtime. */
import assert from "node:assert/strict";
import { browserCompanions } from "./companions.ts";
import type { TabMessage } from "./messages.ts";
import type { Companions } from "./shared_stream.ts";

const PATIENCE_MS = 2_000;

class Tab {
  readonly told: string[] = [];
  readonly companions: Companions;

  constructor(userId: string) {
    this.companions = browserCompanions(userId, {
      heard: (message) => this.told.push(`heard ${nameIn(message)}`),
      elected: () => this.told.push("elected"),
      ousted: () => this.told.push("ousted"),
    });
  }

  ping(): void {
    this.companions.post({ kind: "ping", tab: this.companions.id });
  }
}

function nameIn(message: TabMessage): string {
  return "tab" in message ? message.tab : message.from;
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!isTrue()) {
    assert.ok(performance.now() < giveUpAt, what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const newUser = () => `u-${crypto.randomUUID()}`;

Deno.test("one tab leads, the next one when that leaves, and everybody hears what others say", async () => {
  const userId = newUser();
  const one = new Tab(userId);
  await until(() => one.told.includes("elected"), "the first tab leads");
  const [two, stranger] = [new Tab(userId), new Tab(newUser())];
  two.ping();
  await until(
    () => one.told.includes(`heard ${two.companions.id}`),
    "what was said at once is heard",
  );
  await until(() => stranger.told.includes("elected"), "another user has a leader of their own");
  assert.deepEqual(stranger.told, ["elected"]);
  assert.deepEqual(two.told, []);
  let gone = 0;
  two.companions.whenGone(one.companions.id, () => gone++);
  const callOff = two.companions.whenGone(stranger.companions.id, () => gone += 10);
  callOff();
  one.companions.leave();
  await until(() => two.told.includes("elected") && gone > 0, "the second tab leads");
  assert.equal(gone, 1);
  for (const tab of [two, stranger]) tab.companions.leave();
});

Deno.test("the lead can be taken over, and comes back when the new leader leaves", async () => {
  const userId = newUser();
  const one = new Tab(userId);
  await until(() => one.told.includes("elected"), "the first tab leads");
  const two = new Tab(userId);
  two.ping();
  await until(() => one.told.length === 2, "the second tab is there");
  two.companions.takeOver();
  await until(() => one.told.at(-1) === "ousted", "the first tab is told");
  assert.deepEqual(two.told, ["elected"]);
  two.companions.leave();
  await until(() => one.told.at(-1) === "elected", "the first tab leads again");
  one.companions.leave();
});

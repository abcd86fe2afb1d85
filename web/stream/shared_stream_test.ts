/** Tabs that share a stream, in a browser whose tasks come in any order: one stream, and nothing is missed. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeBrowser, type FakeTab } from "./_testing.ts";
import type { Announcement } from "./messages.ts";

const GROUPS = ["a", "b", "c"];

/** Numbers in [0, 1) that follow from `seed`. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A browser with one tab for each of `groups`, all of which are at rest. */
function browserWith(
  groups: readonly string[],
  seed = 1,
): { browser: FakeBrowser; tabs: FakeTab[] } {
  const browser = new FakeBrowser(randomFrom(seed));
  const tabs = groups.map((groupId) => {
    const tab = browser.openTab(groupId);
    browser.pass(200);
    return tab;
  });
  return { browser, tabs };
}

/** Fails when a tab was told something twice or out of order, or started over. */
function assertUnbroken(tab: FakeTab): void {
  const [first = 0] = tab.versions;
  assert.deepEqual(tab.versions, tab.versions.map((_, index) => first + index));
  assert.ok(tab.snapshots <= 1, `${tab.snapshots} snapshots`);
}

function assertCurrent(browser: FakeBrowser): void {
  for (const tab of browser.tabs) {
    assertUnbroken(tab);
    if (tab.isFrozen) continue;
    assert.equal(tab.versions.at(-1), browser.heads.get(tab.groupId) ?? 1, tab.name);
    assert.deepEqual(tab.connection, { state: "live" });
  }
}

const openOf = (browser: FakeBrowser) => [...browser.streams].map(({ groupIds }) => groupIds);

Deno.test("a tab alone opens its stream once, at once", () => {
  const { browser } = browserWith(["a"]);
  assert.deepEqual(browser.opened, [{ groupIds: ["a"], presence: ["a"], cursor: "" }]);
  assertCurrent(browser);
});

Deno.test("tabs of several groups share one stream, which resumes what it had", () => {
  const { browser } = browserWith(["a", "b", "a"]);
  assert.deepEqual(openOf(browser), [["a", "b"]]);
  assert.deepEqual(browser.opened.map(({ cursor }) => cursor), ["", "e1-a:1.10", "e1-b:1.10"]);
  for (const groupId of ["a", "b", "a", "a"]) browser.commit(groupId);
  browser.run();
  assertCurrent(browser);
});

Deno.test("a tab that is opened while events come takes a snapshot that the others need not", () => {
  const { browser, tabs } = browserWith(["a"]);
  for (let n = 0; n < 5; n++) browser.commit("a");
  const other = browser.openTab("a");
  for (let n = 0; n < 20; n++) {
    browser.commit("a");
    browser.run(2);
    browser.pass(10);
  }
  browser.pass(500);
  assertCurrent(browser);
  assert.equal(tabs[0]?.snapshots, 1);
  assert.ok((other.versions[0] ?? 0) > 1);
});

Deno.test("when the leader is closed, another resumes from where the tabs are", () => {
  const { browser, tabs } = browserWith(["a", "b"]);
  const [leader] = tabs;
  assert.ok(leader);
  browser.commit("b");
  browser.close(leader);
  for (let n = 0; n < 3; n++) browser.commit("b");
  browser.pass(300);
  assertCurrent(browser);
  assert.deepEqual(openOf(browser), [["b"]]);
  assert.equal(browser.opened.at(-1)?.cursor, "e1-b:1.10");
});

Deno.test("a leader that does not answer is replaced in six seconds, and follows when it is back", () => {
  for (let seed = 0; seed < 100; seed++) {
    const { browser, tabs } = browserWith(["a", "a"], seed);
    const [leader, other] = tabs;
    assert.ok(leader && other);
    leader.attend(false);
    leader.isFrozen = true;
    browser.commit("a");
    browser.pass(6_500);
    assert.deepEqual(other.versions, [1, 2]);
    leader.isFrozen = false;
    browser.pass(1_000);
    browser.commit("a");
    browser.pass(100);
    assertCurrent(browser);
    assert.equal(browser.streams.size, 1);
  }
});

Deno.test("what a tab says that led before, and comes late, makes nobody deaf", () => {
  const connection = { state: "live" } as const;
  const lates: Announcement[] = [
    { kind: "lead", from: "ghost" },
    { kind: "connection", connection, groupIds: [], from: "ghost" },
  ];
  for (const late of lates) {
    const { browser, tabs } = browserWith(["a", "a"]);
    for (const tab of tabs) {
      tab.attend(false);
      for (const other of tabs) if (other !== tab) tab.receive(other, late);
    }
    browser.run();
    for (let n = 0; n < 3; n++) {
      browser.commit("a");
      browser.pass(100);
    }
    assertCurrent(browser);
  }
});

Deno.test("a page that goes to sleep leaves, and resumes when it wakes", () => {
  const { browser, tabs } = browserWith(["a", "a"]);
  const [leader] = tabs;
  assert.ok(leader);
  leader.stream.sleep();
  browser.pass(200);
  browser.commit("a");
  browser.pass(100);
  leader.stream.wake();
  browser.pass(300);
  assertCurrent(browser);
  assert.equal(browser.streams.size, 1);
});

Deno.test("the user is present where a tab is looked at, and edits where that one does", () => {
  const { browser, tabs } = browserWith(["a", "b"]);
  const [one, two] = tabs;
  assert.ok(one && two);
  assert.deepEqual(browser.opened.at(-1)?.presence, ["a", "b"]);
  two.attend(false, "t1");
  one.attend(true, "t2");
  browser.pass(10_000);
  assert.deepEqual(browser.opened.at(-1)?.presence, ["a"]);
  assert.deepEqual(browser.said.at(-1), ["a", { state: "editing", todo_id: "t2" }]);
  const count = browser.opened.length;
  for (let n = 0; n < 4; n++) {
    one.attend(n % 2 === 1);
    browser.pass(1_000);
  }
  assert.equal(browser.opened.length, count, "a glance elsewhere opens no stream");
  assertCurrent(browser);
});

Deno.test("a group that is refused closes in its tabs, and the others go on", async () => {
  const { browser, tabs } = browserWith(["a", "b"]);
  browser.refused.add("b");
  browser.cut();
  browser.pass(600);
  for (let n = 0; n < 20; n++) await Promise.resolve();
  browser.pass(600);
  assert.deepEqual(tabs.map(({ isRefused }) => isRefused), [false, true]);
  assert.deepEqual(openOf(browser), [["a"]]);
});

const anyTab = fc.nat(5);
const ofTab = fc.constantFrom("close", "freeze", "thaw", "sleep", "wake", "look");
const action = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant("open" as const),
      group: fc.nat(2),
      visible: fc.boolean(),
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: ofTab, tab: anyTab }), weight: 4 },
  fc.record({ do: fc.constant("show" as const), tab: anyTab, group: fc.nat(2) }),
  { arbitrary: fc.record({ do: fc.constant("commit" as const), group: fc.nat(2) }), weight: 4 },
  fc.record({ do: fc.constant("cut" as const) }),
  { arbitrary: fc.record({ do: fc.constant("run" as const), most: fc.nat(12) }), weight: 4 },
  { arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.nat(3_000) }), weight: 2 },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

function act(browser: FakeBrowser, step: Action): void {
  const groupId = "group" in step ? GROUPS[step.group] ?? "a" : "a";
  const tab = "tab" in step ? browser.tabs[step.tab % (browser.tabs.length || 1)] : undefined;
  switch (step.do) {
    case "open":
      if (browser.tabs.length < 5) browser.openTab(groupId, step.visible);
      return;
    case "close":
      return tab && browser.close(tab);
    case "freeze":
    case "thaw":
      if (tab) tab.isFrozen = step.do === "freeze";
      return;
    case "sleep":
      return tab && !tab.isFrozen ? tab.stream.sleep() : undefined;
    case "wake":
      return tab && !tab.isFrozen ? tab.stream.wake() : undefined;
    case "look":
      return tab && !tab.isFrozen ? tab.attend(!tab.visible) : undefined;
    case "show":
      return tab && !tab.isFrozen ? tab.show(groupId) : undefined;
    case "commit":
      return browser.commit(groupId);
    case "cut":
      return browser.cut();
    case "run":
      return void browser.run(step.most);
    case "pass":
      return browser.pass(step.ms);
  }
}

Deno.test("whatever tabs, the network and the browser do, no tab misses an event, and one stream is left", () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(action, { maxLength: 60, size: "max" }), (seed, steps) => {
      const browser = new FakeBrowser(randomFrom(seed));
      for (const step of steps) {
        act(browser, step);
        browser.tabs.forEach(assertUnbroken);
      }
      // In the end everybody is awake: tabs find each other again.
      for (const tab of browser.tabs) tab.isFrozen = false;
      browser.run();
      for (const tab of browser.tabs) tab.stream.wake();
      browser.pass(20_000);
      assertCurrent(browser);
      GROUPS.forEach((groupId) => browser.commit(groupId));
      browser.pass(1_000);
      assertCurrent(browser);
      const shown = [...new Set(browser.tabs.map(({ groupId }) => groupId))].sort();
      assert.deepEqual(openOf(browser), shown.length > 0 ? [shown] : []);
    }),
    { numRuns: 200 },
  );
});

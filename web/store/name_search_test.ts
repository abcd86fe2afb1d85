import assert from "node:assert/strict";
import { NameSearch } from "./name_search.ts";

/** A search in a read model that knows somebody after having been asked `after` times; `asked`: for which groups. */
function readModel(after: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const isKnown = (id: string) => asked.length >= (after[id] ?? Infinity);
  const ask = (groupId: string) => Promise.resolve(void asked.push(groupId));
  const search = new NameSearch({ isKnown, ask, pause: () => Promise.resolve() });
  return { search, asked, isKnown };
}

Deno.test("members are asked for until all who are wanted are known, and not at all when they are", async () => {
  const { search, asked } = readModel({ ana: 0, ben: 3 });
  await search.find("g", ["ana"]);
  assert.deepEqual(asked, []);
  await search.find("g", ["ana", "ben"]);
  assert.deepEqual(asked, ["g", "g", "g"]);
});

Deno.test("who is wanted while others are looked for is found, too", async () => {
  const { search, isKnown } = readModel({ ben: 1, cleo: 3 });
  const first = search.find("g", ["ben"]);
  await search.find("g", ["cleo"]);
  await first;
  assert.ok(isKnown("cleo"));
});

Deno.test("who is wanted again and again is not asked for more often", async () => {
  const asked: string[] = [];
  const search: NameSearch = new NameSearch({
    isKnown: () => false,
    ask: (groupId) => {
      asked.push(groupId);
      if (asked.length > 50) throw new Error("Asked without end");
      return search.find("g", ["nobody"]);
    },
    pause: () => Promise.resolve(),
  });
  await search.find("g", ["nobody"]);
  assert.equal(asked.length, 5);
});

Deno.test("looking for somebody whom nobody knows ends, and later ones are looked for again", async () => {
  const { search, asked } = readModel({ dan: 6 });
  await search.find("g", ["nobody"]);
  assert.equal(asked.length, 5);
  await search.find("g", ["dan"]);
  assert.equal(asked.length, 6);
});

Deno.test("another group is looked through beside the first, and a failure ends its search alone", async () => {
  const asked: string[] = [];
  const known = new Set<string>();
  const search = new NameSearch({
    isKnown: (id) => known.has(id),
    ask: (groupId) => {
      asked.push(groupId);
      if (groupId === "lost") return Promise.reject(new Error("The network is away"));
      return Promise.resolve(void known.add("eve"));
    },
    pause: () => Promise.resolve(),
  });
  const failing = assert.rejects(search.find("lost", ["ben"]), /away/);
  await search.find("g", ["eve"]);
  await failing;
  assert.deepEqual(asked.sort(), ["g", "lost"]);
});

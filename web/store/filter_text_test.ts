/** What the filter box makes of texts, and that it chooses what the language of filters means. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  fromPublicSnapshot,
  type GroupState,
  publicSnapshot,
} from "../../actors/group/fold/mod.ts";
import { matches } from "../../actors/query/mod.ts";
import { filterTexts, NAMES, NOW_MS, todos, ZONES } from "../../actors/query/testing/mod.ts";
import { EMPTY_MODEL, enqueue, type GroupModel, rowsOf } from "./group_model.ts";
import {
  bindText,
  chooseRows,
  faultOf,
  type FilterBox,
  groupNames,
  typeFilter,
} from "./filter_text.ts";
import type { Pending, TodoCommand } from "./pending.ts";
import { event, ME, start } from "./_testing.ts";

const EMPTY: FilterBox = { text: "", inEffect: "" };
const USERS = new Map([[ME, "mia"]]);

/** What is shown of `model` under the filter `text`, by title. */
function shown(model: GroupModel, text: string, edited?: string): string[] {
  const choice = bindText(text, {
    nowMs: NOW_MS,
    timeZone: "UTC",
    userId: ME,
    namesOf: () => groupNames(model.confirmed, USERS),
  });
  return chooseRows(rowsOf(model), { choice, edited }).map(({ title }) => title);
}

/** `state` with columns, a label and me as its member. */
const furnished = (state: GroupState): GroupState =>
  fromPublicSnapshot({
    ...publicSnapshot(state),
    columns: [{ id: "todo", title: "To do" }, { id: "done", title: "Done" }],
    labels: [{ id: "l1", name: "Home", color: "#3b5bdb" }],
    members: [{ user_id: ME, role: "owner", joined_at: "2026-03-02T09:00:00.000Z" }],
  });

/** A group with these todos in its log. */
function group(...titles: string[]): GroupModel {
  const log = titles.map((title, i) => event(i + 2, `c${i}`, { create: [`t${i}`, title] }));
  return { ...EMPTY_MODEL, confirmed: furnished(start(log)) };
}

function act(model: GroupModel, command: TodoCommand): GroupModel {
  const pending: Pending = {
    ...command,
    command_id: `mine-${model.pending.length}`,
    group_id: "g",
    actor: ME,
    at: "2026-11-29T13:00:00.000Z",
    progress: { state: "sending" },
  };
  return enqueue(model, pending);
}

Deno.test("a text that cannot be read leaves the last filter in effect, and no text shows everything", () => {
  let box = EMPTY;
  const steps: [text: string, inEffect: string][] = [
    ["d", ""],
    ["done", "done"],
    ["done &", "done"],
    ["done & p1", "done & p1"],
    ["done & (p1", "done & p1"],
    ["  ", ""],
    ["done &", ""],
  ];
  for (const [text, inEffect] of steps) {
    box = typeFilter(box, text);
    assert.deepEqual(box, { text, inEffect });
  }
});

Deno.test("what cannot be read is told as a sentence with its place", () => {
  assert.equal(faultOf("due<=today & !done"), undefined);
  assert.equal(faultOf(" "), undefined);
  assert.deepEqual(faultOf("due<=todya & !done"), {
    sentence: "At character 6: expected a day such as today, tomorrow, +7d, -2w or 2026-11-30; " +
      'not "todya"; did you mean "today"?',
  });
  assert.deepEqual(faultOf("done & ("), {
    sentence: "At character 9: expected a condition such as due<=today, !done or label:home; " +
      "not the end.",
  });
  assert.match(faultOf("x".repeat(1_001))?.sentence ?? "", /^At character 1001: .*\.$/);
});

Deno.test("words that are no condition can be looked for instead", () => {
  const suggested: [text: string, sentence: string, words: string, filter: string][] = [
    ["oat milk", 'At character 1: "oat" is no condition.', "oat milk", 'text:"oat milk"'],
    [
      "!done & milk | p1",
      'At character 9: "milk" is no condition.',
      "milk",
      '!done & text:"milk" | p1',
    ],
    ["(milk )", 'At character 2: "milk" is no condition.', "milk", '(text:"milk" )'],
    ['say "x"', 'At character 1: "say" is no condition.', 'say "x"', 'text:"say \\"x\\""'],
    ["dun", 'At character 1: "dun" is no condition; did you mean "due"?', "dun", 'text:"dun"'],
  ];
  for (const [text, sentence, words, filter] of suggested) {
    assert.deepEqual(faultOf(text), { sentence, suggestion: { words, text: filter } });
    assert.equal(faultOf(filter), undefined, filter);
  }
  const wrong = faultOf("asignee:me");
  assert.equal(
    wrong?.sentence,
    'At character 1: "asignee" is no condition; did you mean "assignee"?',
  );
  assert.equal(wrong?.suggestion, undefined);
});

Deno.test("commands that are on their way count as if they were in the log", () => {
  let model = group("Buy milk", "Call ana");
  assert.deepEqual(shown(model, "!done"), ["Call ana", "Buy milk"]);
  model = act(model, { type: "todo.complete", payload: { todo_id: "t0" } });
  assert.deepEqual(shown(model, "!done"), ["Call ana"]);
  assert.deepEqual(shown(model, "status:done & completed:today & updated_by:mia"), ["Buy milk"]);
  model = act(model, { type: "todo.reopen", payload: { todo_id: "t0" } });
  assert.deepEqual(shown(model, 'status:"to do" & !completed:today'), ["Call ana", "Buy milk"]);
  model = act(model, { type: "todo.update", payload: { todo_id: "t1", title: "Call ben" } });
  assert.deepEqual(shown(model, "title:BEN"), ["Call ben"]);
  model = act(model, { type: "todo.create", payload: { todo_id: "new", title: "New" } });
  assert.deepEqual(shown(model, "created:today & created_by:me & column:todo & number>2"), ["New"]);
  model = act(model, { type: "todo.delete", payload: { todo_id: "t0" } });
  assert.deepEqual(shown(model, "!p1"), ["New", "Call ben"]);
});

Deno.test("what was refused stays until it is decided, and what is being edited until that is over", () => {
  let model = group("Buy milk", "Call ana");
  model = act(model, { type: "todo.update", payload: { todo_id: "t0", title: "Buy oat milk" } });
  const pending = model.pending.map((command): Pending => ({
    ...command,
    progress: { state: "rejected", problem: { code: "forbidden", detail: "No" } },
  }));
  assert.deepEqual(shown({ ...model, pending }, "done"), ["Buy milk"]);
  assert.deepEqual(shown(group("Buy milk", "Call ana"), "done", "t1"), ["Call ana"]);
});

Deno.test("labels, columns and people go by their names; without a group nothing has one", () => {
  const model = group("Buy milk");
  assert.deepEqual(shown(model, "label:home"), []);
  assert.deepEqual(shown(model, "!label:home & created_by:me & status:todo"), ["Buy milk"]);
  // Nothing has a label that there is not, whether that is told or not.
  assert.deepEqual(shown(model, "label:elsewhere"), []);
  const none = { labels: [], columns: [], members: [] };
  assert.deepEqual(groupNames(undefined, USERS), none);
  const { members: people } = groupNames(model.confirmed, new Map());
  assert.deepEqual(people, [{ id: ME, name: ME }]);
});

Deno.test("names are asked for by filters that name something, and by no other", () => {
  const namesOf = () => assert.fail("nothing is named");
  const context = { nowMs: NOW_MS, timeZone: "UTC", userId: ME, namesOf };
  assert.ok("condition" in bindText("!done & assignee:me & due:none", context));
  assert.throws(() => bindText("label:home", context), /nothing is named/);
});

Deno.test("the rows that any filter leaves are those of which the evaluator says so", () => {
  fc.assert(fc.property(
    filterTexts,
    todos({ min: 0, max: 12 }),
    fc.constantFrom(...ZONES),
    (text, list, timeZone) => {
      const context = { nowMs: NOW_MS, timeZone, userId: "u1", namesOf: () => NAMES };
      assert.equal(faultOf(text), undefined);
      const choice = bindText(text, context);
      assert.ok("condition" in choice);
      assert.deepEqual(
        chooseRows(list, { choice, edited: undefined }),
        list.filter((todo) => matches(choice.condition, todo)),
      );
    },
  ));
});

/** People with accounts at their windows: what most browser tests begin with. */
import type { Browser } from "playwright-core";
import {
  addMember,
  connect,
  createGroup,
  freshName,
  openWindow,
  register,
  type Window,
  type WindowOptions,
} from "./_browser.ts";

/** Someone with an account, in the app in a window of their own. */
export interface Person extends Window {
  readonly username: string;
}

/** Opens a window and registers someone there; `word` makes the username readable. */
export async function newcomer(
  browser: Browser,
  word: string,
  options: WindowOptions = {},
): Promise<Person> {
  const window = await openWindow(browser, options);
  const username = freshName(word);
  await register(window.page, username);
  return { ...window, username };
}

/** Two people who have nothing in common yet. */
export interface Pair {
  readonly ana: Person;
  readonly ben: Person;
}

/** Registers two people, each in a window of their own. */
export async function twoPeople(browser: Browser): Promise<Pair> {
  const [ana, ben] = await Promise.all([newcomer(browser, "ana"), newcomer(browser, "ben")]);
  return { ana, ben };
}

/** Lets Ana create a group, to which she adds Ben; both are connected to it afterwards. */
export async function shareGroup({ ana, ben }: Pair, name: string, role?: string): Promise<void> {
  await createGroup(ana.page, name);
  await addMember(ana.page, ben.username, role);
  await connect(ben.page, name);
}

/**
 * Takes the README's picture: two people at work in one group, in a real browser on the product, which
 * is started with empty data for it, so that the people have plain names. Writes `web/screenshot.png`.
 *
 * Run with `deno run -A tests/browser/screenshot.ts`; CHROME_BIN names another browser.
 */
import { findChromium, natsServerBinary, startStack } from "../../dev/mod.ts";
import {
  addMember,
  addTodo,
  connect,
  createGroup,
  openBrowser,
  openWindow,
  register,
  todo,
} from "./_browser.ts";

const MAX_BYTES = 200_000;

const dataDir = await Deno.makeTempDir({ prefix: "todo-1m-screenshot-" });
try {
  await takePicture(dataDir);
} finally {
  await Deno.remove(dataDir, { recursive: true });
}

async function takePicture(dataDir: string): Promise<void> {
  Deno.env.set("NATS_SERVER_BIN", await natsServerBinary({ say: console.log }));
  await using stack = await startStack({ dataDir, stateFile: `${dataDir}/stack.json` });
  Deno.env.set("TEST_EDGE_URL", stack.url);
  const chromium = await findChromium();
  if (!chromium) throw new Error("Cannot take a picture: no Chromium was found, set CHROME_BIN");
  Deno.env.set("CHROME_BIN", chromium);
  await using browser = await openBrowser();
  const mia = await openWindow(browser, { width: 1360, height: 765 });
  const ben = await openWindow(browser);
  const names = { mia: "mia", ben: "ben" };
  await Promise.all([register(mia.page, names.mia), register(ben.page, names.ben)]);
  await createGroup(mia.page, "Household");
  await createGroup(mia.page, "Release 1.0");
  await createGroup(mia.page, "Launch party");
  await addMember(mia.page, names.ben, "admin");
  await connect(ben.page, "Launch party");

  for (const title of ["Write the press note", "Agree on the menu", "Ask for a bigger room"]) {
    await addTodo(mia.page, title);
  }
  for (const title of ["Order flowers", "Find a photographer", "Print name tags"]) {
    await addTodo(ben.page, title);
  }
  await todo(mia.page, "Print name tags").waitFor();
  await todo(ben.page, "Write the press note").getByRole("checkbox").click();
  await addTodo(mia.page, "Send the invitations");
  await todo(mia.page, "Agree on the menu").getByRole("checkbox").click();
  await addTodo(ben.page, "Book the band for the evening");
  await todo(mia.page, "Book the band for the evening").waitFor();
  await todo(ben.page, "Print name tags").getByRole("button", { name: /^Edit/ }).click();
  await todo(mia.page, "Print name tags").getByText("ben is editing this")
    .waitFor({ state: "attached" });
  await mia.page.getByLabel("New todo").blur();
  await mia.page.mouse.move(700, 700);
  await mia.page.waitForTimeout(1_000);

  const path = new URL("../../web/screenshot.png", import.meta.url);
  const png = await mia.page.screenshot();
  if (png.length > MAX_BYTES) throw new Error(`Cannot keep a picture of ${png.length} bytes`);
  await Deno.writeFile(path, png);
  console.log(`Wrote web/screenshot.png, ${png.length} bytes`);
}

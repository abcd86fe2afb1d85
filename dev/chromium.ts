/**
 * A Chromium for the browser tests: `CHROME_BIN`, an installed one, or Debian's package by apt.
 */
import { canInstall, installPackage } from "./_apt_get.ts";
import { DevError } from "./_error.ts";
import { which } from "./_exec.ts";
import { isFile } from "./_files.ts";
import { dim, duration, green, type Say, say as sayAloud } from "./_say.ts";

const programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:/Program Files/Google/Chrome/Application/chrome.exe",
  "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
];

/** The path of an installed Chromium, or undefined. Throws `DevError` when `CHROME_BIN` is wrong. */
export async function findChromium(): Promise<string | undefined> {
  const given = Deno.env.get("CHROME_BIN");
  if (given) {
    if (await isFile(given)) return given;
    throw new DevError("browser-missing", `CHROME_BIN="${given}" is not a file`);
  }
  for (const name of programs) {
    const path = await which(name);
    if (path) return path;
  }
  for (const path of usualPlaces) if (await isFile(path)) return path;
  return undefined;
}

/** Finds a Chromium or installs one; throws `DevError` "browser-missing" with what to do. */
export async function requireChromium(options: { say?: Say } = {}): Promise<string> {
  const { say = sayAloud } = options;
  const found = await findChromium();
  if (found) {
    say(`${green("✓")} Chromium: ${found}`);
    return found;
  }
  if (!await canInstall()) {
    const apt = Deno.build.os === "linux" && await which("apt-get");
    const how = apt ? "as root: apt-get install chromium" : "Chromium or Google Chrome";
    throw new DevError(
      "browser-missing",
      `The browser tests need a Chromium and none was found; install ${how}, ` +
        "or set CHROME_BIN to the path of one",
    );
  }
  const started = performance.now();
  const failure = await installPackage("chromium", { what: "Chromium", say });
  if (failure !== undefined) {
    throw new DevError(
      "browser-missing",
      `Chromium could not be installed (${failure}); install it, or set CHROME_BIN to the path of one`,
    );
  }
  const installed = await findChromium();
  if (!installed) throw new DevError("browser-missing", "apt installed no chromium on PATH");
  say(`${green("✓")} Chromium: installed by apt ${dim(duration(performance.now() - started))}`);
  return installed;
}

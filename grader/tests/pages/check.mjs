// Looks at pages in a browser without a window: on a phone and on a desktop, light and dark.
// A page must not have serious findings of axe-core, must not be wider than the screen, must
// not need a network, and must not use scripts.
//
//   node check.mjs [--screenshots DIR] PAGE…
//
// CHROMIUM is the browser, if it is not `chromium`.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browserPath =
  process.env.CHROMIUM ?? execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();

const pages = process.argv.slice(2);
let screenshots;
if (pages[0] === "--screenshots") {
  screenshots = pages[1];
  pages.splice(0, 2);
}
if (pages.length === 0) {
  console.error("usage: node check.mjs [--screenshots DIR] PAGE…");
  process.exit(2);
}

const browser = await puppeteer.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu"],
});
let faults = 0;

function fault(where, what) {
  faults += 1;
  console.error(`${where}: ${what}`);
}

async function look(file, width, scheme) {
  const where = `${basename(file)} · ${width} pixels · ${scheme}`;
  const page = await browser.newPage();
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) fault(where, `asks for ${request.url()}`);
  });
  await page.setViewport({ width, height: 800 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(pathToFileURL(resolve(file)).href);
  const scripts = await page.evaluate(() => document.scripts.length);
  if (scripts > 0) fault(where, "has a script");
  await page.evaluate(() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });
  const excess = await page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  );
  if (excess > 0) fault(where, `is ${excess} pixels wider than the screen`);
  await page.keyboard.press("Tab");
  const focused = await page.evaluate(() => document.activeElement.tagName);
  if (focused === "BODY") fault(where, "cannot be used with the keyboard");
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => axe.run());
  for (const { id, impact, help, nodes } of violations) {
    const first = nodes[0].html.slice(0, 120);
    const text = `${impact} ${id}: ${help} (${nodes.length} ×, first ${first})`;
    if (["serious", "critical"].includes(impact)) fault(where, text);
    else console.log(`${where}: ${text}`);
  }
  if (screenshots) {
    await page.evaluate(() => document.activeElement.blur());
    const name = `${basename(file, ".html")}-${width}-${scheme}.png`;
    await page.screenshot({ path: join(screenshots, name), fullPage: true });
  }
  await page.close();
  return passes.length;
}

for (const file of pages) {
  for (const width of [360, 1280]) {
    for (const scheme of ["light", "dark"]) {
      const rules = await look(file, width, scheme);
      console.log(`${basename(file)} · ${width} pixels · ${scheme}: ${rules} rules of axe-core hold`);
    }
  }
}
await browser.close();
if (faults > 0) {
  console.error(`${faults} faults`);
  process.exit(1);
}

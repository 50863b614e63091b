// The browser, and pages of the dApp in it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium as playwright } from "playwright-core";
import { chromium, dappUrl, deployment, gallery } from "./settings.mjs";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long the page may take for what includes the chain. */
export const PATIENCE = 60_000;

/** Starts a browser with a fresh profile. */
export function launch() {
  return playwright.launch({ executablePath: chromium, headless: true, args: FLAGS });
}

/**
 * Opens a new page of the dApp. `prepare` runs before anything is loaded. What the page writes to the console as an error, or throws,
 * is collected in `page.troubles`.
 */
export async function open(browser, { path = "", scheme = "light", width = 1280, height = 860, prepare } = {}) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.troubles.push(message.text()));
  await prepare?.(page);
  await page.goto(`${dappUrl}#/${path}`);
  return page;
}

/** Waits until a page shows what it loads. */
export async function settle(page) {
  await page.locator("main h1").first().waitFor({ state: "attached" });
  await page.locator(".skeleton, .skeleton-line").first().waitFor({ state: "detached" });
}

/** Answers `config.json` of a page with something else. */
export function configure(page, answer) {
  return page.route("**/config.json", (route) => route.fulfill(answer));
}

/** A configuration of the deployment under test with another node. */
export function configOf(node) {
  return { contentType: "application/json", body: JSON.stringify({ node, deployment }) };
}

/** Saves a picture where pictures are wanted. */
export async function picture(page, name) {
  if (gallery) {
    mkdirSync(gallery, { recursive: true });
    await page.screenshot({ path: join(gallery, `${name}.png`), fullPage: true });
  }
}

// axe-core on every page in both themes, and phones.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { launch, open, picture, settle } from "./support/browser.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = { overview: "", subnets: "subnets", subnet: "subnets/0", stake: "stake", "not-found": "nowhere/else" };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** The serious and critical violations of what the page shows now. */
async function violations(page) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations", "passes"] }));
  assert.ok(passes.length > 10, "axe-core checked next to nothing");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join("\n")}`);
}

/** Connects the development accounts. */
async function connectAccount(page) {
  await page.getByRole("button", { name: "Connect wallet" }).first().click();
  await page.getByRole("button", { name: /Development accounts/ }).click();
  await page.locator("dialog[open] [type=radio]").first().waitFor();
}

for (const scheme of ["light", "dark"]) {
  for (const [name, path] of Object.entries(PAGES)) {
    test(`${name} has no serious violation in ${scheme}`, async () => {
      const page = await open(browser, { path, scheme });
      await settle(page);
      assert.deepEqual(await violations(page), []);
      await picture(page, `${name}-${scheme}`);
      await page.context().close();
    });
  }

  test(`the dialogs and the form have no serious violation in ${scheme}`, async () => {
    const page = await open(browser, { path: "stake", scheme });
    await settle(page);
    await connectAccount(page);
    assert.deepEqual(await violations(page), []);
    await picture(page, `dialog-${scheme}`);
    await page.getByRole("button", { name: "Done" }).click();
    await page.locator(".stake-form").waitFor();
    await page.getByLabel("Hotkey address").fill("5nonsense");
    await page.getByLabel("Amount", { exact: true }).fill("1,5");
    await page.getByText("An amount is digits").waitFor();
    assert.deepEqual(await violations(page), []);
    await picture(page, `form-${scheme}`);
    await page.context().close();
  });
}

test("the theme can be changed, and stays changed", async () => {
  const page = await open(browser, { scheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole("button", { name: "Use the dark theme" }).click();
  await page.getByRole("button", { name: "Use the light theme" }).waitFor();
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  await page.getByRole("button", { name: "Use the light theme" }).waitFor();
  assert.equal(await ground(), dark);
  await page.context().close();
});

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name} fits a phone of 360 pixels`, async () => {
    const page = await open(browser, { path, width: 360, height: 740 });
    await settle(page);
    if (name === "stake") {
      await connectAccount(page);
      await page.getByRole("button", { name: "Done" }).click();
      await page.locator(".stake-form").waitFor();
    }
    const { content, screen } = await page.evaluate(() => ({
      content: document.documentElement.scrollWidth,
      screen: document.documentElement.clientWidth,
    }));
    assert.ok(content <= screen, `the page is ${content} pixels wide on a screen of ${screen}`);
    await picture(page, `${name}-phone`);
    await page.context().close();
  });
}

test("the keyboard reaches the content first by its skip link, and shows where it is", async () => {
  const page = await open(browser);
  await settle(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Tab");
  const focused = () => page.evaluate(() => [document.activeElement.textContent, getComputedStyle(document.activeElement).outlineStyle]);
  assert.deepEqual(await focused(), ["Inktensor", "solid"]);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.context().close();
});

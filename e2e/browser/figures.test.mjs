// The network as the page shows it, compared with what another client reads.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, picture, settle } from "./support/browser.mjs";
import { connect, TAO } from "./support/chain.mjs";
import { dappUrl, screenshot } from "./support/settings.mjs";

let browser, chain;
before(async () => {
  chain = await connect();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await chain?.disconnect();
});

/** The number that the page shows for a figure. */
async function figure(page, label) {
  const text = await page.locator(".figure", { has: page.getByText(label, { exact: true }) }).locator(".value").innerText();
  return Number(text.replaceAll(",", ""));
}

test("the overview shows the block and the money supply of the chain", async () => {
  const page = await open(browser);
  await settle(page);
  const shown = await figure(page, "Block");
  const best = (await chain.api.rpc.chain.getHeader()).number.toNumber();
  assert.ok(Math.abs(best - shown) <= 10, `the chain is at block ${best}, the page shows ${shown}`);
  const economy = await chain.read("rewards", "economy");
  const issued = Number(BigInt(economy.issuance)) / Number(TAO);
  const difference = Math.abs((await figure(page, "Issued")) - issued);
  assert.ok(difference <= issued / 100, `${issued} TAO are issued, the page differs by ${difference}`);
  assert.deepEqual(page.troubles, []);
  await picture(page, "overview");
  await page.context().close();
});

test("the block number moves by itself", async () => {
  const page = await open(browser);
  const block = page.locator("[data-block]");
  const first = await block.getAttribute("data-block");
  await page.waitForFunction((seen) => document.querySelector("[data-block]")?.dataset.block > Number(seen), first);
  await page.context().close();
});

test("a subnet shows its neurons, and orders them by the chosen column", async () => {
  const page = await open(browser, { path: "subnets", width: 1360, height: 1056 });
  await settle(page);
  await page.locator(".subnet h3 a").first().click();
  await settle(page);
  const netuid = Number(page.url().split("/").at(-1));
  const { total } = await chain.read("rewards", "metagraph", netuid, 0, 64);
  const uids = () => page.locator(".metagraph tbody .uid").allInnerTexts();
  assert.equal((await uids()).length, total);
  await page.getByRole("button", { name: "UID" }).click();
  assert.deepEqual(await uids(), [...Array(total).keys()].map(String));
  await page.getByRole("button", { name: "UID" }).click();
  assert.deepEqual(await uids(), [...Array(total).keys()].reverse().map(String));
  assert.match(await page.locator("th[aria-sort=descending]").innerText(), /^UID/);
  await page.getByRole("button", { name: "Incentive" }).click();
  await picture(page, "subnet");
  if (screenshot) await page.screenshot({ path: screenshot });
  await page.context().close();
});

test("a subnet that does not exist is said to be unknown", async () => {
  const page = await open(browser, { path: "subnets/999" });
  await page.getByText("This subnet cannot be read").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /no subnet/i);
  await page.context().close();
});

test("the page loads nothing from anywhere but its own host and the node", async () => {
  const hosts = new Set();
  const page = await open(browser, {
    path: "stake",
    prepare: (page) => {
      page.on("request", (request) => hosts.add(new URL(request.url()).hostname));
      page.on("websocket", (socket) => hosts.add(new URL(socket.url()).hostname));
    },
  });
  await settle(page);
  assert.deepEqual([...hosts], [new URL(dappUrl).hostname]);
  await page.context().close();
});

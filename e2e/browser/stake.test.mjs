// A wallet stakes in the page, and another client reads the stake from the chain.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, picture, settle } from "./support/browser.mjs";
import { connect, TAO } from "./support/chain.mjs";
import { inject } from "./support/wallet.mjs";

let browser, chain, hotkey;
before(async () => {
  chain = await connect();
  browser = await launch();
  const { items } = await chain.read("staking", "delegates", 0, 1);
  hotkey = items[0].hotkey;
});
after(async () => {
  await browser?.close();
  await chain?.disconnect();
});

/** A page on which a wallet with a new account is connected. */
async function connected(tao, answers) {
  const pair = await chain.newAccount("Nominator", tao);
  let wallet;
  const page = await open(browser, {
    path: "stake",
    prepare: async (page) => {
      wallet = await inject(page, chain, pair, answers);
    },
  });
  await page.getByRole("button", { name: "Connect wallet" }).first().click();
  await page.getByRole("button", { name: "Polkadot.js" }).click();
  return { page, pair, wallet };
}

/** Types an amount for the hotkey, and waits until the fee is shown. */
async function draft(page, direction, amount) {
  await page.locator("dialog[open]").getByRole("button", { name: "Done" }).click({ timeout: 2_000 }).catch(() => {});
  await page.getByRole("radio", { name: direction, exact: true }).check({ force: true });
  await page.getByLabel("Hotkey address").fill(hotkey);
  await page.getByLabel("Amount", { exact: true }).fill(amount);
  await page.locator("[data-cost=fee]").filter({ hasText: /\d/ }).waitFor();
}

/** Signs, and waits until the page says that it is final. */
async function finish(page, verb) {
  await page.getByRole("button", { name: verb, exact: true }).and(page.locator("[type=submit]")).click();
  const end = page.locator("[data-progress=finalised], [data-progress=failed]");
  await end.waitFor();
  assert.equal(await end.getAttribute("data-progress"), "finalised", await end.innerText());
  await page.locator(".stages").getByRole("button", { name: "Done" }).click();
}

test("a wallet stakes in one signature, and unstakes what it staked", async () => {
  const { page, pair, wallet } = await connected(20n);
  await draft(page, "Stake", "7.123456789");
  await picture(page, "stake-form");
  await finish(page, "Stake");
  assert.equal(wallet.signed.length, 1);
  const staked = await chain.stakeOf(hotkey, pair.address);
  // A pool of shares may round the last rao down; dividends only add.
  assert.ok(staked >= 7_123_456_788n, `the chain knows a stake of ${staked} rao`);
  assert.ok(staked < 8n * TAO, `the chain knows a stake of ${staked} rao`);
  assert.equal(await chain.taoOf(pair.address), 20n * TAO - 7_123_456_789n);
  const row = page.getByRole("row").filter({ has: page.getByRole("button", { name: "Unstake", exact: true }) });
  // Dividends may have been added since.
  await row.getByText(/\b7\.\d/).first().waitFor();
  await picture(page, "stake");

  await draft(page, "Unstake", "2.5");
  await finish(page, "Unstake");
  assert.equal(await chain.taoOf(pair.address), 20n * TAO - 7_123_456_789n + 2_500_000_000n);
  assert.equal(wallet.signed.length, 2);

  await page.getByRole("radio", { name: "Unstake", exact: true }).check({ force: true });
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.locator("[data-cost=fee]").filter({ hasText: /\d/ }).waitFor();
  await finish(page, "Unstake");
  assert.equal(await chain.stakeOf(hotkey, pair.address), 0n);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("what the account does not have is refused before anything is signed", async () => {
  const { page, wallet } = await connected(3n);
  await page.locator("dialog[open]").getByRole("button", { name: "Done" }).click();
  await page.getByLabel("Hotkey address").fill(hotkey);
  await page.getByLabel("Amount", { exact: true }).fill("3.000000001");
  await page.getByText("You have 3 TAO that is not staked").waitFor();
  await page.getByLabel("Amount", { exact: true }).fill("1.0000000001");
  await page.getByText("TAO has 9 decimals").waitFor();
  assert.ok(await page.locator("[type=submit]").isDisabled());
  await page.getByLabel("Hotkey address").fill(`${hotkey.slice(0, -1)}1`);
  await page.locator("#hotkey[aria-invalid=true]").waitFor();
  assert.equal(wallet.signed.length, 0);
  await page.context().close();
});

test("a wallet whose user refuses to sign is answered with what to do, and nothing is sent", async () => {
  const { page, pair, wallet } = await connected(3n, { access: "allow", sign: "refuse" });
  await draft(page, "Stake", "1");
  await page.locator("[type=submit]").click();
  const end = page.locator("[data-progress=failed]");
  await end.waitFor();
  assert.match(await end.innerText(), /did not sign: Cancelled/);
  await picture(page, "refused");
  assert.equal(await chain.taoOf(pair.address), 3n * TAO);
  wallet.answers.sign = "allow";
  await end.getByRole("button", { name: "Try again" }).click();
  await page.locator("[data-cost=fee]").filter({ hasText: /\d/ }).waitFor();
  await finish(page, "Stake");
  assert.equal(await chain.taoOf(pair.address), 2n * TAO);
  await page.context().close();
});

test("a wallet that gives no access is answered with what to do", async () => {
  const { page } = await connected(0n, { access: "refuse", sign: "allow" });
  await page.getByText("Polkadot.js did not give access: Cancelled.").or(page.getByText("did not give access: Cancelled")).first().waitFor();
  await picture(page, "no-access");
  await page.context().close();
});

test("the wallet and its account are remembered, and forgotten on request", async () => {
  const { page } = await connected(0n);
  await page.getByRole("button", { name: "Done" }).click();
  await page.reload();
  await settle(page);
  const account = page.getByRole("button", { name: "Account Nominator" });
  await account.click();
  await page.getByRole("button", { name: "Disconnect" }).click();
  await page.reload();
  await page.getByText("Connect a wallet to stake").waitFor();
  await page.context().close();
});

test("a development account signs in the page on a development chain", async () => {
  const page = await open(browser, { path: "stake" });
  await page.getByText("Development chain").waitFor();
  await page.getByRole("button", { name: "Connect wallet" }).first().click();
  await page.getByRole("button", { name: /Development accounts/ }).click();
  assert.equal(await page.getByRole("radio", { name: /Alice|Bob|Charlie|Dave|Eve|Ferdie/ }).count(), 6);
  await picture(page, "accounts");
  await draft(page, "Stake", "1");
  const before = await chain.stakeOf(hotkey, chain.alice.address);
  await finish(page, "Stake");
  const staked = (await chain.stakeOf(hotkey, chain.alice.address)) - before;
  assert.ok(staked >= TAO - 1n, `the stake grew by ${staked} rao`);
  await page.context().close();
});

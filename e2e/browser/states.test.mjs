// What the page says when something is missing.

import assert from "node:assert/strict";
import { connect as connectTo, createServer } from "node:net";
import { after, before, test } from "node:test";
import { configOf, configure, launch, open, picture, settle } from "./support/browser.mjs";
import { nodeUrl } from "./support/settings.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A loopback port at which nothing listens. */
function deadPort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

for (const path of ["", "subnets", "subnets/0", "stake"]) {
  test(`/${path} says that the node cannot be reached, and takes another one`, async () => {
    const dead = `ws://127.0.0.1:${await deadPort()}`;
    const page = await open(browser, { path, prepare: (page) => configure(page, configOf(dead)) });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.innerText(), new RegExp(`cannot reach a chain at ${dead}`, "i"));
    if (path === "") await picture(page, "offline");
    await alert.getByRole("button", { name: "Use another node" }).click();
    await page.getByLabel("WebSocket address").fill("http://127.0.0.1");
    await page.getByRole("button", { name: "Use this node" }).click();
    await page.getByText("begins with ws:// or wss://").waitFor();
    await page.getByLabel("WebSocket address").fill(nodeUrl);
    await page.getByRole("button", { name: "Use this node" }).click();
    await settle(page);
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.context().close();
  });
}

test("a missing configuration is said to be missing, with what to do", async () => {
  const page = await open(browser, { prepare: (page) => configure(page, { status: 404, body: "" }) });
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /no config\.json beside this page.*cargo xtask up/s);
  await picture(page, "unconfigured");
  await page.context().close();
});

test("a configuration that is none is said to be wrong, with what is wrong", async () => {
  for (const [body, expected] of [
    ["{", /not what this page reads/],
    ['{"node": "http://127.0.0.1", "deployment": {}}', /ws:\/\//],
    [`{"node": "${nodeUrl}", "deployment": {"version": 2}}`, /version/],
  ]) {
    const page = await open(browser, { prepare: (page) => configure(page, { contentType: "application/json", body }) });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.innerText(), expected);
    await page.context().close();
  }
});

test("a chain that the contracts are not on is named as the wrong one", async () => {
  const config = configOf(nodeUrl);
  const body = JSON.parse(config.body);
  body.deployment.genesis_hash = `0x${"11".repeat(32)}`;
  const page = await open(browser, { prepare: (page) => configure(page, { ...config, body: JSON.stringify(body) }) });
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /another chain than the contracts were deployed to/);
  await page.context().close();
});

/** A way to the node that can be cut and mended. */
async function breakableWay() {
  const target = new URL(nodeUrl);
  const sockets = new Set();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connectTo(Number(target.port), target.hostname);
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    close() {
      this.cut();
      server.close();
    },
  };
}

test("a node that goes away leaves what was read, with a banner until it is back", async () => {
  const way = await breakableWay();
  const page = await open(browser, { prepare: (page) => configure(page, configOf(way.url)) });
  await settle(page);
  way.cut();
  const banner = page.locator(".banner");
  await banner.waitFor();
  assert.match(await banner.innerText(), /stopped answering; reconnecting/);
  assert.ok(await page.locator(".figure .value").first().isVisible());
  await picture(page, "lost");
  const seen = await page.locator("[data-block]").getAttribute("data-block");
  way.mend();
  await banner.waitFor({ state: "detached" });
  await page.waitForFunction((seen) => document.querySelector("[data-block]")?.dataset.block > Number(seen), seen);
  await page.context().close();
  way.close();
});

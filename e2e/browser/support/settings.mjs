// Where the network under test is. `cargo xtask test` starts one and says.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

function need(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: these tests need a running network, run them by \`cargo xtask test --only browser\`.`);
  }
  return value;
}

/** The node's WebSocket address. */
export const nodeUrl = need("INKTENSOR_URL");

/** The address that the dApp is served at, with a slash at its end. */
export const dappUrl = need("INKTENSOR_DAPP").replace(/\/*$/, "/");

/** The deployment file. */
export const deployment = JSON.parse(readFileSync(need("INKTENSOR_DEPLOYMENT"), "utf8"));

/** The browser. */
export const chromium = process.env.CHROMIUM || "/usr/bin/chromium";

/** Where to save the README's picture; nothing is saved without it. */
export const screenshot = process.env.INKTENSOR_SCREENSHOT;

/** A folder for pictures of every page, for people to look at; nothing is saved without it. */
export const gallery = process.env.INKTENSOR_GALLERY;

/** A contract's metadata, as cargo-contract wrote it. */
export function metadata(contract) {
  const folder = need("INKTENSOR_CONTRACTS");
  const places = [join(folder, contract, `${contract}.json`), join(folder, `${contract}.json`)];
  const found = places.find(existsSync);
  if (!found) {
    throw new Error(`there is no ${contract}.json in ${folder}: build the contracts by \`cargo xtask test\`.`);
  }
  return JSON.parse(readFileSync(found, "utf8"));
}

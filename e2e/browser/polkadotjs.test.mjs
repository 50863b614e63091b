// What polkadot.js apps needs of a chain: the explorer, accounts, contracts and extrinsics, by the packages that it is built from.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect } from "./support/chain.mjs";
import { deployment } from "./support/settings.mjs";

let chain, api;
before(async () => {
  chain = await connect();
  api = chain.api;
});
after(() => chain?.disconnect());

/** The first value of a subscription that is wanted. */
function first(subscribe, isWanted = () => true) {
  return new Promise((resolve, reject) => {
    let stop;
    let found;
    const end = () => {
      stop();
      resolve(found);
    };
    subscribe((value) => {
      if (found === undefined && isWanted(value)) {
        found = value;
        if (stop) end();
      }
    }).then((unsubscribe) => {
      stop = unsubscribe;
      if (found !== undefined) end();
    }, reject);
  });
}

test("the explorer's feeds run: new heads, finality, events of a block", async () => {
  const head = await first((report) => api.derive.chain.subscribeNewHeads(report));
  assert.ok(head.number.toNumber() > 0);
  const best = await first((report) => api.derive.chain.bestNumber(report), (number) => number.gtn(0));
  const final = await api.derive.chain.bestNumberFinalized();
  assert.ok(final.gtn(0) && best.gtn(0));
  const block = await api.derive.chain.getBlock(head.hash);
  assert.ok(block.extrinsics.length > 0);
  assert.ok(block.events.length > 0);
  const summary = await Promise.all([api.rpc.system.chain(), api.rpc.system.name(), api.rpc.system.version(), api.rpc.system.health()]);
  assert.ok(summary.every((answer) => !answer.isEmpty));
});

test("the calls that the apps make are offered by the node", async () => {
  const { methods } = await api.rpc.rpc.methods();
  const offered = new Set(methods.map(String));
  const needed = [
    "author_pendingExtrinsics",
    "author_submitAndWatchExtrinsic",
    "chain_getFinalizedHead",
    "chain_subscribeFinalizedHeads",
    "chain_subscribeNewHead",
    "payment_queryInfo",
    "state_call",
    "state_getMetadata",
    "state_subscribeRuntimeVersion",
    "state_subscribeStorage",
    "system_accountNextIndex",
    "system_dryRun",
    "system_properties",
  ];
  assert.deepEqual(needed.filter((method) => !offered.has(method)), []);
});

test("accounts show balances, nonces and fees in the chain's own unit", async () => {
  const { address } = chain.alice;
  const balances = await api.derive.balances.all(address);
  assert.ok(balances.freeBalance.gtn(0));
  assert.equal(api.registry.chainDecimals.length, 1);
  assert.equal(api.registry.chainTokens.length, 1);
  const nonce = await api.rpc.system.accountNextIndex(address);
  assert.ok(nonce.gten(0));
  const { partialFee } = await api.tx.balances.transferKeepAlive(address, 1n).paymentInfo(address);
  assert.ok(partialFee.gtn(0));
});

test("every signed extension of the chain is known, so that extrinsics can be signed", () => {
  const { signedExtensions } = api.registry;
  assert.ok(signedExtensions.includes("CheckMetadataHash"));
  const known = api.registry.getSignedExtensionTypes();
  const extra = Object.keys(api.registry.getSignedExtensionExtra());
  assert.ok("era" in known && "nonce" in known && "tip" in known, Object.keys(known).join());
  assert.ok(extra.includes("genesisHash") && extra.includes("specVersion"), extra.join());
});

test("the contracts page finds the code and the instance of every contract", async () => {
  for (const [name, { address }] of Object.entries(deployment.contracts)) {
    const info = (await api.query.contracts.contractInfoOf(address)).unwrap();
    const code = await api.query.contracts.pristineCode(info.codeHash);
    assert.ok(code.isSome, `${name}'s code`);
    const storage = await api.call.contractsApi.getStorage(address, "0x00000000");
    assert.ok(storage.isOk, `${name}'s storage`);
  }
});

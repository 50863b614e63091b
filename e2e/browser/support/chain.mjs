// Another client of the same chain: the @polkadot packages and the contracts' metadata, nothing of ours.

import { ApiPromise, WsProvider } from "@polkadot/api";
import { ContractPromise } from "@polkadot/api-contract";
import { Keyring } from "@polkadot/keyring";
import { cryptoWaitReady, mnemonicGenerate } from "@polkadot/util-crypto";
import { deployment, metadata, nodeUrl } from "./settings.mjs";

/** Rao in one TAO. */
export const TAO = 1_000_000_000n;

/** Connects, and knows the deployed contracts. */
export async function connect() {
  await cryptoWaitReady();
  // Read first: what fails here must not leave a connection behind, which would keep the test from ending.
  const described = Object.fromEntries(["tao", "staking", "rewards"].map((name) => [name, metadata(name)]));
  const api = await ApiPromise.create({ provider: new WsProvider(nodeUrl), noInitWarn: true });
  const contract = (name) => new ContractPromise(api, described[name], deployment.contracts[name].address);
  return new Chain(api, { tao: contract("tao"), staking: contract("staking"), rewards: contract("rewards") });
}

class Chain {
  constructor(api, contracts) {
    this.api = api;
    this.contracts = contracts;
    this.keyring = new Keyring({ type: "sr25519" });
    this.alice = this.keyring.addFromUri("//Alice");
  }

  /** What a message returns, without ink!'s and the contract's `Ok` around it. */
  async read(contract, message, ...args) {
    const found = Object.keys(this.contracts[contract].query).find((name) => name === message || name.endsWith(`::${message}`));
    const query = this.contracts[contract].query[found];
    const { result, output } = await query(this.alice.address, { gasLimit: this.gas(), storageDepositLimit: null }, ...args);
    if (!result.isOk) {
      throw new Error(`${contract}.${message} failed: ${result.asErr}`);
    }
    let value = output.toJSON();
    while (value !== null && typeof value === "object" && "ok" in value) {
      value = value.ok;
    }
    return value;
  }

  /** Stake of an account on a hotkey, in rao. */
  async stakeOf(hotkey, coldkey) {
    return BigInt(await this.read("staking", "stakeOf", hotkey, coldkey));
  }

  /** TAO of an account that is not staked, in rao. */
  async taoOf(account) {
    return BigInt(await this.read("tao", "balanceOf", account));
  }

  /** A new account with money for fees and with TAO. */
  async newAccount(name, tao) {
    const pair = this.keyring.addFromUri(mnemonicGenerate(), { name });
    await this.send(this.api.tx.balances.transferKeepAlive(pair.address, 10_000_000_000_000n));
    if (tao > 0n) {
      const { tx } = this.contracts.tao;
      const transfer = Object.keys(tx).find((message) => message.endsWith("transfer"));
      await this.send(tx[transfer]({ gasLimit: this.gas(), storageDepositLimit: null }, pair.address, tao * TAO, []));
    }
    return pair;
  }

  async disconnect() {
    await this.api.disconnect();
  }

  gas() {
    return this.api.registry.createType("WeightV2", { refTime: 100_000_000_000n, proofSize: 1_000_000n });
  }

  /** Sends by Alice, and waits until it is in a block. */
  send(transaction) {
    return new Promise((resolve, reject) => {
      transaction
        .signAndSend(this.alice, { nonce: -1 }, ({ status, dispatchError }) => {
          if (dispatchError) {
            reject(new Error(`a set-up transaction failed: ${dispatchError}`));
          } else if (status.isInBlock || status.isFinalized) {
            resolve();
          }
        })
        .catch(reject);
    });
  }
}

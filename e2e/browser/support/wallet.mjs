// A wallet as extensions inject it, built on the @polkadot packages: it shares no code with the dApp or its client.

/**
 * Injects a wallet with one account into a page.
 *
 * `answers` says what its user does: `access` and `sign` are each "allow" or "refuse", and may be changed later.
 */
export async function inject(page, chain, pair, answers = { access: "allow", sign: "allow" }) {
  const signed = [];
  await page.exposeFunction("walletAllows", (what) => answers[what] === "allow");
  await page.exposeFunction("walletSign", (payload) => {
    signed.push(payload);
    const type = chain.api.registry.createType("ExtrinsicPayload", payload, { version: payload.version });
    return type.sign(pair);
  });
  await page.addInitScript(
    ({ address, name }) => {
      const account = { address, name, type: "sr25519", genesisHash: null };
      const refuse = () => {
        throw new Error("Cancelled");
      };
      window.injectedWeb3 = {
        "polkadot-js": {
          version: "0.62.1",
          enable: async (origin) => {
            if (!origin || !(await window.walletAllows("access"))) refuse();
            return {
              accounts: {
                get: async () => [account],
                subscribe: (changed) => {
                  changed([account]);
                  return () => {};
                },
              },
              signer: {
                signPayload: async (payload) => {
                  if (!(await window.walletAllows("sign"))) refuse();
                  return { id: 1, ...(await window.walletSign(payload)) };
                },
              },
            };
          },
        },
      };
    },
    { address: pair.address, name: pair.meta.name },
  );
  return { signed, answers };
}

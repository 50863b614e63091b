//! Staking and unstaking: what it costs, and how far it is.

use super::{
    chain::{Session, use_chain},
    task::{Task, sleep, spawn},
    wallet::use_wallet,
};
use crate::{explain::explain, wallet::AccountSigner};
use inktensor_client::{Contract, Error, Network, Plan, Receipt, Signer, Stage, messages::staking};
use inktensor_primitives::{AccountId, Rao};
use yew::prelude::*;

/// How long typing rests before the costs are asked for.
const TYPING_MS: u32 = 350;

/// What a staker can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Approve and stake, in one signature.
    Stake {
        /// To whom.
        hotkey: AccountId,
        /// How much.
        amount: Rao,
    },
    /// Take a part back.
    Unstake {
        /// From whom.
        hotkey: AccountId,
        /// How much.
        amount: Rao,
    },
    /// Take everything back, also what is earned until then.
    UnstakeAll {
        /// From whom.
        hotkey: AccountId,
    },
}

/// What an action costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// The fee at most, in the chain's own smallest units.
    pub fee: u128,
    /// What storage locks until it is freed, in the same, by the estimate.
    pub deposit: u128,
    /// How many calls one signature covers.
    pub calls: usize,
}

/// The costs of what is being typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Preview {
    /// There is nothing to cost yet.
    Nothing,
    /// The node is working it out.
    Estimating,
    /// As the node says now.
    Ready(Costs),
    /// It would fail, and why.
    Refused(AttrValue),
}

/// How far a transaction is.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// There is none.
    Idle,
    /// The node is working out gas and deposit.
    Preparing,
    /// The wallet's user is being asked.
    Signing,
    /// The node has it.
    Sent,
    /// It is in a block that may yet be replaced.
    InBlock {
        /// The block.
        block: u32,
    },
    /// It is in a block that stays.
    Finalised {
        /// The block.
        block: u32,
        /// The fee that was paid, once known.
        fee: Option<u128>,
    },
    /// It came to nothing.
    Failed {
        /// How many of the stages signing, in block, finalised were reached.
        reached: usize,
        /// Why.
        reason: AttrValue,
    },
}

impl Progress {
    /// Whether it is neither idle nor at its end.
    pub fn is_running(&self) -> bool {
        matches!(
            self,
            Self::Preparing | Self::Signing | Self::Sent | Self::InBlock { .. }
        )
    }
}

/// The costs of an action by the account in use.
#[hook]
pub fn use_preview(action: Option<Action>) -> Preview {
    let session = use_chain().session().cloned();
    let account = use_wallet().account.map(|account| account.id);
    let wanted = session.zip(account).zip(action);
    let shown = use_state(|| None::<(((Session, AccountId), Action), Preview)>);
    {
        let shown = shown.setter();
        use_effect_with(wanted.clone(), move |wanted| {
            let work = wanted.clone().map(|wanted| {
                spawn(async move {
                    sleep(TYPING_MS).await;
                    let ((session, account), action) = &wanted;
                    let preview = match plan(&session.network, account, *action).await {
                        Ok(plan) => Preview::Ready(Costs {
                            fee: plan.fee,
                            deposit: plan.deposit,
                            calls: plan.steps.len(),
                        }),
                        Err(error) => Preview::Refused(explain(&error).into()),
                    };
                    shown.set(Some((wanted, preview)));
                })
            });
            move || drop(work)
        });
    }
    match (&*shown, wanted) {
        (_, None) => Preview::Nothing,
        (Some((of, preview)), Some(wanted)) if *of == wanted => preview.clone(),
        _ => Preview::Estimating,
    }
}

/// The one transaction that may be under way. It goes on while other pages are shown.
#[derive(Clone, PartialEq)]
pub struct Transaction {
    /// How far it is.
    pub progress: Progress,
    /// Starts one.
    pub start: Callback<Action>,
    /// Clears what became of the last one.
    pub clear: Callback<()>,
}

/// The transaction, from [`use_transaction_provider`] at the root.
///
/// # Panics
/// Outside of the provider, which is an error of the page itself.
#[hook]
pub fn use_transaction() -> Transaction {
    use_context::<Transaction>().expect("the root provides the transaction")
}

/// Carries out transactions of the account in use.
#[hook]
pub fn use_transaction_provider() -> Transaction {
    let chain = use_chain();
    let wallet = use_wallet();
    let progress = use_state_eq(|| Progress::Idle);
    let running = use_mut_ref(|| None::<Task>);
    let start = {
        let (progress, running) = (progress.setter(), running.clone());
        Callback::from(move |action| {
            let Some((session, signer)) = chain.session().cloned().zip(wallet.signer()) else {
                let reason = "No account is connected: connect a wallet first.".into();
                return progress.set(Progress::Failed { reached: 0, reason });
            };
            progress.set(Progress::Preparing);
            *running.borrow_mut() = Some(spawn(carry_out(session, signer, action, progress.clone())));
        })
    };
    let clear = {
        let progress = progress.setter();
        Callback::from(move |()| {
            running.borrow_mut().take();
            progress.set(Progress::Idle);
        })
    };
    Transaction {
        progress: (*progress).clone(),
        start,
        clear,
    }
}

async fn plan(network: &Network, account: &AccountId, action: Action) -> Result<Plan, Error> {
    let calls = match action {
        Action::Stake { hotkey, amount } => {
            let stake = staking::stake(hotkey, amount);
            network
                .with_allowance(account, Contract::Staking, amount, stake)
                .await?
        }
        Action::Unstake { hotkey, amount } => staking::unstake(hotkey, amount).into(),
        Action::UnstakeAll { hotkey } => staking::unstake_all(hotkey).into(),
    };
    network.plan(account, calls).await
}

async fn carry_out(session: Session, signer: AccountSigner, action: Action, shown: UseStateSetter<Progress>) {
    let fail = |reached, error: Error| {
        let reason = explain(&error).into();
        shown.set(Progress::Failed { reached, reason });
    };
    let network = &session.network;
    let plan = match plan(network, &signer.account(), action).await {
        Ok(plan) => plan,
        Err(error) => return fail(0, error),
    };
    shown.set(Progress::Signing);
    let mut progress = match network.submit(&plan, &signer).await {
        Ok(progress) => progress,
        Err(error) => return fail(0, error),
    };
    shown.set(Progress::Sent);
    let mut reached = 1;
    while let Some(stage) = progress.next().await {
        match stage {
            Stage::InBlock(Receipt { block, .. }) => {
                reached = 2;
                shown.set(Progress::InBlock { block: block.number });
                session.refresh();
            }
            Stage::Finalised(Receipt { block, fee, .. }) => {
                session.refresh();
                return shown.set(Progress::Finalised {
                    block: block.number,
                    fee,
                });
            }
            Stage::Failed(error) => {
                session.refresh();
                return fail(reached, error);
            }
            _ => {}
        }
    }
    let reason = "The node stopped telling how far the transaction is: look at your stake before you try again.".into();
    shown.set(Progress::Failed { reached, reason });
}

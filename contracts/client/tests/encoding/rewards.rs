//! The rewards contract's messages.

use crate::{Case, account, case, hex};
use inktensor_client::messages::rewards;
use inktensor_primitives::rewards::{Reveal, SubnetVote};
use inktensor_primitives::{NetUid, Uid};

pub fn cases() -> Vec<Case> {
    let (one, two, three) = (&*hex(1), &*hex(2), &*hex(3));
    let four = &*hex(4);
    let subnet = NetUid(259);
    let reveal = Reveal {
        uids: vec![Uid(0), Uid(255)],
        values: vec![1, u16::MAX],
        salt: [3; 32],
        version_key: u64::MAX,
    };
    let vote = SubnetVote {
        netuid: subnet,
        weight: u16::MAX,
    };
    let reveal_text = format!(
        "(uids: [0, 255], values: [1, 65535], salt: {three}, version_key: {})",
        u64::MAX
    );
    vec![
        case(
            rewards::new(account(1), account(2), account(3), [4; 32].into()),
            &[one, two, three, four],
        ),
        case(rewards::domain(), &[]),
        case(rewards::commit_weights(subnet, [4; 32].into()), &["259", four]),
        case(rewards::reveal_weights(subnet, reveal), &["259", &reveal_text]),
        case(
            rewards::set_weights(subnet, vec![Uid(7)], vec![9], 1),
            &["259", "[7]", "[9]", "1"],
        ),
        case(rewards::commits(subnet, account(1)), &["259", one]),
        case(rewards::weights(subnet, 0, 8), &["259", "0", "8"]),
        case(rewards::epoch_status(subnet), &["259"]),
        case(rewards::run_epoch(subnet), &["259"]),
        case(rewards::metagraph(subnet, 64, 64), &["259", "64", "64"]),
        case(rewards::swap_hotkey(account(1), account(2)), &[one, two]),
        case(rewards::vote_subnets(vec![vote]), &["[(netuid: 259, weight: 65535)]"]),
        case(rewards::vote_subnets(vec![]), &["[]"]),
        case(rewards::count_votes(), &[]),
        case(rewards::subnet_shares(), &[]),
        case(rewards::voters(), &[]),
        case(rewards::ballot(account(1)), &[one]),
        case(rewards::economy(), &[]),
    ]
}

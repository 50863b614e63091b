//! The numbers that Bittensor's own epoch gives for a small subnet.

use yuma::{Epoch, Neurons, Outcome, Params, SparseMatrix, Version};

const STAKE: [u64; 8] = [1, 2, 3, 4, 0, 0, 0, 0];
const SERVED: [(u16, u16); 4] = [(4, 16383), (5, 32767), (6, 49149), (7, 65535)];
const SERVERS_EMISSION: [u64; 4] = [49998779, 100000610, 149996337, 200004272];

fn epoch(block: u64, version: Version, weights: &SparseMatrix, bonds: &SparseMatrix) -> Outcome {
    let params = Params {
        block,
        tempo: 1,
        last_step: 0,
        activity_cutoff: 5000,
        kappa: 32767,
        bonds_moving_average: 900_000,
        bonds_penalty: 65535,
        max_validators: 4,
        owner: None,
        stake_threshold: 0,
        emission: 1_000_000_000,
        version,
    };
    let neurons = Neurons {
        stake: &STAKE,
        last_update: &[1, 1, 1, 1, 0, 0, 0, 0],
        registered_at: &[0; 8],
        permits: &[true, true, true, true, false, false, false, false],
        earliest_commit: &[],
    };
    Epoch {
        params: &params,
        neurons,
        weights,
        bonds,
    }
    .run()
    .expect("the case is well-formed")
}

fn all_set_the_same() -> SparseMatrix {
    let mut weights = SparseMatrix::new();
    for _ in 0..4 {
        weights.push_row(&SERVED);
    }
    weights.fill_rows(8);
    weights
}

fn no_bonds() -> SparseMatrix {
    let mut bonds = SparseMatrix::new();
    bonds.fill_rows(8);
    bonds
}

fn bonds_on(outcome: &Outcome, uid: u16) -> Vec<u16> {
    let mut rows = outcome.bonds.iter();
    let on = rows.by_ref().filter_map(|mut row| row.find(|entry| entry.0 == uid));
    on.map(|(_, bond)| bond).collect()
}

#[test]
fn first_epoch_pays_servers_by_weight_and_validators_by_stake() {
    let outcome = epoch(1, Version::Yuma2, &all_set_the_same(), &no_bonds());
    assert_eq!(outcome.emission[..4], [49999998, 99999999, 150000000, 200000001]);
    assert_eq!(outcome.emission[4..], SERVERS_EMISSION);
    assert_eq!(bonds_on(&outcome, 4), [16383, 32767, 49151, 65535]);
    assert_eq!(outcome.permits, [true, true, true, true, false, false, false, false]);
}

#[test]
fn a_validator_that_weighs_only_itself_loses_bonds_and_dividends() {
    let first = epoch(1, Version::Yuma2, &all_set_the_same(), &no_bonds());
    let mut weights = SparseMatrix::new();
    weights.push_row(&[(0, 65535)]);
    for _ in 1..4 {
        weights.push_row(&SERVED);
    }
    weights.fill_rows(8);
    let second = epoch(2, Version::Yuma2, &weights, &first.bonds);
    assert_eq!(second.emission[..4], [44998351, 101110561, 151667215, 202223870]);
    assert_eq!(second.emission[4..], SERVERS_EMISSION);
    assert_eq!(bonds_on(&second, 4), [14582, 32767, 49151, 65535]);
}

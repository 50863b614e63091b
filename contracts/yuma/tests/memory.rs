//! An epoch inside a contract: 1 MiB of memory and an allocator that never frees.
#![allow(unsafe_code, reason = "counting what is allocated takes a global allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use yuma::{Epoch, LiquidAlpha, Neurons, Params, SparseMatrix, Version};

/// Counts every byte ever asked for, as the contract's allocator spends it: freeing gives nothing back, growing asks
/// anew.
struct Counting;

static SPENT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        SPENT.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const NEURONS: u16 = 256;

/// What an epoch of 256 neurons spends where the first `validators` weigh every `stride`-th neuron, its input not
/// counted.
fn spent(validators: u16, stride: usize, version: Version) -> usize {
    let row: Vec<(u16, u16)> = (0..NEURONS).step_by(stride).map(|uid| (uid, 1 + uid)).collect();
    let mut weights = SparseMatrix::new();
    for _ in 0..validators {
        weights.push_row(&row);
    }
    weights.fill_rows(NEURONS.into());
    let is_validator = |uid: u16| uid < validators;
    let stake: Vec<u64> = (0..NEURONS)
        .map(|uid| if is_validator(uid) { 1000 + u64::from(uid) } else { 0 })
        .collect();
    let permits: Vec<bool> = (0..NEURONS).map(is_validator).collect();
    let params = Params {
        block: 1000,
        tempo: 360,
        last_step: 0,
        activity_cutoff: 5000,
        kappa: 32767,
        bonds_moving_average: 900_000,
        bonds_penalty: 65535,
        max_validators: 64,
        owner: None,
        stake_threshold: 0,
        emission: 1_000_000_000,
        version,
    };
    let neurons = Neurons {
        stake: &stake,
        last_update: &[999; NEURONS as usize],
        registered_at: &[1; NEURONS as usize],
        permits: &permits,
        earliest_commit: &[],
    };
    let before = SPENT.load(Ordering::Relaxed);
    let outcome = Epoch {
        params: &params,
        neurons,
        weights: &weights,
        bonds: &weights,
    }
    .run();
    let after = SPENT.load(Ordering::Relaxed);
    assert!(outcome.is_ok_and(|outcome| outcome.dividends.iter().any(|&dividend| dividend > 0)));
    after - before
}

/// One test, because all tests of a file share the counter.
#[test]
fn a_dense_epoch_fits_a_contract_and_a_sparse_one_costs_less() {
    let liquid = Version::Yuma3Liquid(LiquidAlpha {
        low: 45875,
        high: 58982,
        steepness: 1000,
    });
    for version in [Version::Yuma2, Version::Yuma3, liquid] {
        let dense = spent(64, 1, version);
        let sparse = spent(64, 16, version);
        let few = spent(4, 1, version);
        println!("{version:?}: dense {dense}, every 16th {sparse}, four validators {few} bytes");
        // The input takes 128 KiB in the dense case; the rest of 1 MiB is left for the contract around the epoch.
        assert!(dense < 192 * 1024, "{dense} bytes");
        assert!(sparse < 112 * 1024, "{sparse} bytes");
        assert!(few < 80 * 1024, "{few} bytes");
    }
}

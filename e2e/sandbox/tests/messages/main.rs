//! Every message of every contract, as their metadata lists them, from anyone, with any arguments that decode: none traps, none takes from
//! others, and TAO issued is TAO held, staked, locked or burned, always. A message that is added is in here without being named.
//!
//! `SEQUENCES=200` runs so many instead of a few; a failure names the seed that `SEED` runs again.

#![allow(clippy::unwrap_used)] // a test may panic

mod arguments;
mod metadata;
mod world;

use inktensor_sandbox::chance;
use metadata::{Metadata, Signature};
use std::collections::BTreeMap;
use world::{Count, World};

/// Messages in a sequence, after each of all was sent twice.
const STEPS: u32 = 200;
/// Messages between two looks at what is due.
const LOOK_EVERY: u32 = 50;

fn run(seed: u64) -> BTreeMap<String, Count> {
    println!("SEED={seed}");
    let mut world = World::new(seed);
    let messages = world.metadata.messages.clone();
    let epoch = messages
        .iter()
        .find(|message| message.label == "run_epoch")
        .unwrap()
        .clone();
    for message in messages.iter().chain(&messages) {
        world.send(message);
        world.reopen();
    }
    let changes: Vec<&Signature> = messages.iter().filter(|message| message.mutates).collect();
    for step in 1..=STEPS {
        match world.chance.below(12) {
            0 => world.wait(),
            1 => world.send(&epoch),
            _ => {
                let message = world.chance.pick(&changes);
                world.send(message);
            }
        }
        world.reopen();
        if step % LOOK_EVERY == 0 {
            world.check_emission();
        }
    }
    world.close();
    world.counts
}

#[test]
fn no_message_traps_or_takes_whoever_sends_it_with_whatever() {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    for seed in chance::seeds(3) {
        for (name, one) in run(seed) {
            let count = counts.entry(name).or_default();
            count.sent += one.sent;
            count.accepted += one.accepted;
        }
    }
    for (name, Count { sent, accepted }) in &counts {
        println!("{name}: sent {sent} times, carried out {accepted}");
    }
    let listed = Metadata::read().messages;
    assert!(listed.iter().all(|message| counts.contains_key(&message.name())));
}

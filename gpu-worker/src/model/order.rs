//! Puts nodes into an order in which each runs after those whose outputs it reads.

use std::collections::{HashMap, VecDeque};

use super::graph::{Node, ValueId};

/// Sorts the nodes, keeping the file's order among independent ones, or names those that wait for each other. No two nodes may make
/// the same value.
pub fn sort(nodes: Vec<Node>) -> Result<Vec<Node>, Vec<String>> {
    let mut maker: HashMap<ValueId, usize> = HashMap::new();
    for (index, node) in nodes.iter().enumerate() {
        for &output in node.outputs.iter().flatten() {
            maker.insert(output, index);
        }
    }
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut waiting: Vec<usize> = vec![0; nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for input in node.reads() {
            if let Some(&before) = maker.get(&input) {
                readers[before].push(index);
                waiting[index] += 1;
            }
        }
    }
    let mut ready: VecDeque<usize> = (0..nodes.len()).filter(|&index| waiting[index] == 0).collect();
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut sorted = Vec::with_capacity(nodes.len());
    while let Some(index) = ready.pop_front() {
        sorted.extend(nodes[index].take());
        for &reader in &readers[index] {
            waiting[reader] -= 1;
            if waiting[reader] == 0 {
                ready.push_back(reader);
            }
        }
    }
    let stuck: Vec<String> = nodes.iter().flatten().map(Node::label).collect();
    if stuck.is_empty() { Ok(sorted) } else { Err(stuck) }
}

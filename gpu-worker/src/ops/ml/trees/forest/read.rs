//! Reading trees from the attributes of both generations of operators.

use std::collections::HashMap;

use super::{Branch, Forest, Next, Test};
use crate::model::Attributes;
use crate::ops::OpError;
use crate::ops::doubles::doubles;
use crate::ops::ml::numbers;

/// An index that an attribute gives.
fn index(value: i64) -> Result<usize, OpError> {
    usize::try_from(value).map_err(|_| OpError::invalid(format!("the index {value}")))
}

fn required<T>(found: Option<T>, name: &str) -> Result<T, OpError> {
    found.ok_or_else(|| OpError::invalid(format!("attribute '{name}' is missing")))
}

/// Refuses lists of different lengths.
fn check_lengths(lengths: &[usize]) -> Result<(), OpError> {
    if lengths.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(());
    }
    Err(OpError::invalid(format!(
        "the lists of nodes have the lengths {lengths:?}"
    )))
}

impl Forest {
    /// Reads trees whose nodes are numbered in each tree; leaves' values are in lists that start with `prefix`.
    pub fn of_lists(attributes: &mut Attributes, prefix: &str) -> Result<Self, OpError> {
        attributes.ignore("nodes_hitrates");
        attributes.ignore("nodes_hitrates_as_tensor");
        let mut ints = |name: &str| required(attributes.ints(name)?, name);
        let (trees, nodes) = (ints("nodes_treeids")?, ints("nodes_nodeids")?);
        let (features, yes, no) = (
            ints("nodes_featureids")?,
            ints("nodes_truenodeids")?,
            ints("nodes_falsenodeids")?,
        );
        let (leaf_trees, leaf_nodes) = (ints(&format!("{prefix}_treeids"))?, ints(&format!("{prefix}_nodeids"))?);
        let targets = ints(&format!("{prefix}_ids"))?;
        let missing = attributes.ints("nodes_missing_value_tracks_true")?.unwrap_or_default();
        let modes = required(attributes.texts("nodes_modes")?, "nodes_modes")?;
        let values = required(numbers(attributes, "nodes_values")?, "nodes_values")?;
        let name = format!("{prefix}_weights");
        let weights = required(numbers(attributes, &name)?, &name)?;
        check_lengths(&[
            trees.len(),
            nodes.len(),
            features.len(),
            yes.len(),
            no.len(),
            modes.len(),
            values.len(),
        ])?;
        check_lengths(&[leaf_trees.len(), leaf_nodes.len(), targets.len(), weights.len()])?;
        let mut sums: HashMap<(i64, i64), Vec<(usize, f64)>> = HashMap::new();
        for (((tree, node), target), weight) in leaf_trees.iter().zip(&leaf_nodes).zip(&targets).zip(&weights) {
            sums.entry((*tree, *node)).or_default().push((index(*target)?, *weight));
        }
        let mut forest = Self {
            branches: Vec::new(),
            leaves: Vec::new(),
            roots: Vec::new(),
        };
        let mut places: HashMap<(i64, i64), Next> = HashMap::new();
        let mut branches = 0;
        for ((&tree, &node), mode) in trees.iter().zip(&nodes).zip(&modes) {
            let place = if mode == "LEAF" {
                forest.leaves.push(sums.remove(&(tree, node)).unwrap_or_default());
                Next::Leaf(forest.leaves.len() - 1)
            } else {
                branches += 1;
                Next::Branch(branches - 1)
            };
            // A tree starts with its first node.
            if !trees.is_empty() && !places.keys().any(|(own, _)| *own == tree) {
                forest.roots.push(place);
            }
            if places.insert((tree, node), place).is_some() {
                return Err(OpError::invalid(format!("node {node} of tree {tree} is given twice")));
            }
        }
        for at in (0..modes.len()).filter(|&at| modes[at] != "LEAF") {
            let value = values[at];
            let test = match modes[at].as_str() {
                "BRANCH_LEQ" => Test::AtMost(value),
                "BRANCH_LT" => Test::Below(value),
                "BRANCH_GTE" => Test::AtLeast(value),
                "BRANCH_GT" => Test::Above(value),
                "BRANCH_EQ" => Test::Equal(value),
                "BRANCH_NEQ" => Test::Unequal(value),
                other => return Err(OpError::invalid(format!("nodes_modes '{other}'"))),
            };
            let next = |node: i64| {
                let place = places.get(&(trees[at], node)).copied();
                place.ok_or_else(|| OpError::invalid(format!("node {node} of tree {} is missing", trees[at])))
            };
            forest.branches.push(Branch {
                feature: index(features[at])?,
                test,
                missing_passes: missing.get(at).is_some_and(|&missing| missing != 0),
                passed: next(yes[at])?,
                failed: next(no[at])?,
            });
        }
        Ok(forest)
    }

    /// Reads trees whose branches and leaves are numbered through, as since version 5.
    pub fn of_tensors(attributes: &mut Attributes) -> Result<Self, OpError> {
        attributes.ignore("nodes_hitrates");
        let mut ints = |name: &str| required(attributes.ints(name)?, name);
        let (yes, no) = (ints("nodes_truenodeids")?, ints("nodes_falsenodeids")?);
        let (yes_leaf, no_leaf) = (ints("nodes_trueleafs")?, ints("nodes_falseleafs")?);
        let (features, roots) = (ints("nodes_featureids")?, ints("tree_roots")?);
        let targets = ints("leaf_targetids")?;
        let missing = attributes.ints("nodes_missing_value_tracks_true")?.unwrap_or_default();
        let mut tensor = |name: &str| required(attributes.tensor(name)?, name);
        let values = doubles(tensor("nodes_splits")?.as_ref())?;
        let modes = doubles(tensor("nodes_modes")?.as_ref())?;
        let weights = doubles(tensor("leaf_weights")?.as_ref())?;
        let members = match attributes.tensor("membership_values")? {
            None => Vec::new(),
            Some(members) => doubles(&members)?,
        };
        check_lengths(&[
            yes.len(),
            no.len(),
            yes_leaf.len(),
            no_leaf.len(),
            features.len(),
            values.len(),
            modes.len(),
        ])?;
        check_lengths(&[targets.len(), weights.len()])?;
        // Sets follow each other, each ended by a NaN.
        let mut sets = members.split(|member| member.is_nan());
        let place = |node: i64, is_leaf: bool| {
            let (node, count) = (index(node)?, if is_leaf { targets.len() } else { yes.len() });
            if node >= count {
                return Err(OpError::invalid(format!("node {node} is missing")));
            }
            Ok(if is_leaf { Next::Leaf(node) } else { Next::Branch(node) })
        };
        let mut branches = Vec::with_capacity(yes.len());
        for at in 0..yes.len() {
            let value = values[at];
            let test = match modes[at] as i64 {
                0 => Test::AtMost(value),
                1 => Test::Below(value),
                2 => Test::AtLeast(value),
                3 => Test::Above(value),
                4 => Test::Equal(value),
                5 => Test::Unequal(value),
                6 => Test::Member(sets.next().unwrap_or_default().to_vec()),
                other => return Err(OpError::invalid(format!("the mode {other}"))),
            };
            branches.push(Branch {
                feature: index(features[at])?,
                test,
                missing_passes: missing.get(at).is_some_and(|&missing| missing != 0),
                passed: place(yes[at], yes_leaf[at] != 0)?,
                failed: place(no[at], no_leaf[at] != 0)?,
            });
        }
        let roots = roots.iter().map(|&root| {
            let branch = place(root, false)?;
            let both = index(root).ok().and_then(|root| branches.get(root));
            // A tree of a single leaf is a branch that leads there either way.
            Ok(both
                .filter(|both| both.passed == both.failed)
                .map_or(branch, |both| both.passed))
        });
        let roots = roots.collect::<Result<Vec<_>, OpError>>()?;
        let leaf = |(&target, &weight): (&i64, &f64)| Ok(vec![(index(target)?, weight)]);
        let leaves = targets
            .iter()
            .zip(&weights)
            .map(leaf)
            .collect::<Result<Vec<_>, OpError>>()?;
        Ok(Self {
            branches,
            leaves,
            roots,
        })
    }
}

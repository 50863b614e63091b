//! Decision trees: read from attributes once, walked for each row.

mod read;

use crate::ops::{OpError, Operands};

/// How a node compares a feature.
#[derive(Debug, Clone, PartialEq)]
enum Test {
    AtMost(f64),
    Below(f64),
    AtLeast(f64),
    Above(f64),
    Equal(f64),
    Unequal(f64),
    /// Whether it is one of these.
    Member(Vec<f64>),
}

impl Test {
    fn holds(&self, feature: f64) -> bool {
        match self {
            Self::AtMost(value) => feature <= *value,
            Self::Below(value) => feature < *value,
            Self::AtLeast(value) => feature >= *value,
            Self::Above(value) => feature > *value,
            Self::Equal(value) => feature == *value,
            Self::Unequal(value) => feature != *value,
            Self::Member(values) => values.contains(&feature),
        }
    }
}

/// Where a branch leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Branch(usize),
    Leaf(usize),
}

#[derive(Debug)]
struct Branch {
    feature: usize,
    test: Test,
    /// Whether a feature that is missing counts as passing.
    missing_passes: bool,
    passed: Next,
    failed: Next,
}

/// What becomes of the values that trees give to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// Their sum over the number of trees.
    Average,
    /// The least.
    Least,
    /// The greatest.
    Greatest,
}

/// Trees and their leaves, each of which adds numbers to targets.
#[derive(Debug)]
pub struct Forest {
    branches: Vec<Branch>,
    leaves: Vec<Vec<(usize, f64)>>,
    roots: Vec<Next>,
}

impl Forest {
    /// The greatest target of any leaf.
    pub fn targets(&self) -> Option<usize> {
        self.leaves.iter().flatten().map(|&(target, _)| target).max()
    }

    /// Whether all leaves speak of the same target.
    pub fn has_one_target(&self) -> bool {
        let mut targets = self.leaves.iter().flatten().map(|&(target, _)| target);
        let first = targets.next();
        targets.all(|target| Some(target) == first)
    }

    /// Whether no leaf takes anything off.
    pub fn all_positive(&self) -> bool {
        self.leaves.iter().flatten().all(|&(_, weight)| weight >= 0.0)
    }

    /// Refuses rows of fewer features than branches look at.
    pub fn check_features(&self, columns: usize) -> Result<(), OpError> {
        let most = self.branches.iter().map(|branch| branch.feature).max();
        match most {
            Some(most) if most >= columns => Err(OpError::invalid(format!(
                "a branch looks at feature {most} of {columns}"
            ))),
            _ => Ok(()),
        }
    }

    /// Comparisons for the rows of input 0, if no tree is deeper than 32.
    pub fn cost(&self, inputs: &Operands) -> u64 {
        let rows = inputs
            .shape(0)
            .and_then(crate::ops::ml::matrix)
            .map_or(0, |(rows, _)| rows as u64);
        rows.saturating_mul(32 * self.roots.len() as u64)
    }

    /// What all trees together give to each target.
    pub fn sums(&self, row: &[f64], targets: usize, aggregate: Aggregate) -> Result<Vec<f64>, OpError> {
        let mut sums: Vec<Option<f64>> = vec![None; targets];
        for &root in &self.roots {
            for &(target, weight) in &self.leaves[self.leaf(root, row)?] {
                let sum = &mut sums[target];
                *sum = Some(match (*sum, aggregate) {
                    (None, _) => weight,
                    (Some(sum), Aggregate::Sum | Aggregate::Average) => sum + weight,
                    (Some(least), Aggregate::Least) => least.min(weight),
                    (Some(greatest), Aggregate::Greatest) => greatest.max(weight),
                });
            }
        }
        let divisor = if aggregate == Aggregate::Average {
            self.roots.len().max(1) as f64
        } else {
            1.0
        };
        Ok(sums.into_iter().map(|sum| sum.unwrap_or(0.0) / divisor).collect())
    }

    fn leaf(&self, root: Next, row: &[f64]) -> Result<usize, OpError> {
        let mut next = root;
        // No path is longer than there are branches, unless it goes in a circle.
        for _ in 0..=self.branches.len() {
            match next {
                Next::Leaf(leaf) => return Ok(leaf),
                Next::Branch(at) => {
                    let branch = &self.branches[at];
                    let feature = row[branch.feature];
                    let passes = branch.test.holds(feature) || (branch.missing_passes && feature.is_nan());
                    next = if passes { branch.passed } else { branch.failed };
                }
            }
        }
        Err(OpError::invalid("a tree goes in a circle"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_that_goes_in_a_circle_is_refused() {
        let branch = Branch {
            feature: 0,
            test: Test::AtMost(1.0),
            missing_passes: false,
            passed: Next::Branch(0),
            failed: Next::Leaf(0),
        };
        let forest = Forest {
            branches: vec![branch],
            leaves: vec![vec![(0, 2.0)]],
            roots: vec![Next::Branch(0)],
        };
        assert!(forest.sums(&[0.0], 1, Aggregate::Sum).is_err());
        assert_eq!(forest.sums(&[3.0], 1, Aggregate::Sum), Ok(vec![2.0]));
        assert!(forest.check_features(0).is_err());
    }

    #[test]
    fn a_missing_feature_passes_where_the_branch_says_so() {
        let tree = |missing_passes| Forest {
            branches: vec![Branch {
                feature: 0,
                test: Test::Below(1.0),
                missing_passes,
                passed: Next::Leaf(0),
                failed: Next::Leaf(1),
            }],
            leaves: vec![vec![(0, 1.0)], vec![(0, -1.0)]],
            roots: vec![Next::Branch(0)],
        };
        assert_eq!(tree(true).sums(&[f64::NAN], 1, Aggregate::Sum), Ok(vec![1.0]));
        assert_eq!(tree(false).sums(&[f64::NAN], 1, Aggregate::Sum), Ok(vec![-1.0]));
    }
}

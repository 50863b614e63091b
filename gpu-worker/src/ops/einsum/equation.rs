//! The equation of Einsum: what each dimension of each operand is.

use crate::ops::OpError;

/// A dimension: a letter, or one of those that an ellipsis stands for, counted from the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// A dimension that an ellipsis stands for.
    Broadcast(usize),
    /// A named dimension.
    Named(char),
}

/// An equation for operands of known dimensions.
#[derive(Debug, PartialEq, Eq)]
pub struct Equation {
    /// The labels of each operand.
    pub operands: Vec<Vec<Label>>,
    /// The labels of the result.
    pub output: Vec<Label>,
    /// Every label and its length.
    pub lengths: Vec<(Label, usize)>,
}

impl Equation {
    /// Reads an equation, such as `bij,bjk->bik`, and checks it against the operands' dimensions.
    pub fn parse(text: &str, dims: &[&[usize]]) -> Result<Self, OpError> {
        let wrong = |what: &str| OpError::invalid(format!("the equation '{text}' {what}"));
        let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (text.as_str(), None),
        };
        let terms: Vec<&str> = left.split(',').collect();
        if terms.len() != dims.len() {
            return Err(wrong(&format!("is for {} operands, not {}", terms.len(), dims.len())));
        }
        let mut operands = Vec::with_capacity(terms.len());
        let mut lengths: Vec<(Label, usize)> = Vec::new();
        for (term, dims) in terms.iter().zip(dims) {
            let labels = labels(term, Some(dims.len())).ok_or_else(|| wrong("does not fit its operands"))?;
            for (&label, &dim) in labels.iter().zip(*dims) {
                match lengths.iter_mut().find(|(own, _)| *own == label) {
                    None => lengths.push((label, dim)),
                    Some((_, length)) if *length == dim || dim == 1 => {}
                    Some((_, length)) if *length == 1 => *length = dim,
                    Some(_) => return Err(wrong("gives a label two lengths")),
                }
            }
            operands.push(labels);
        }
        lengths.sort_unstable();
        let broadcast = lengths.iter().filter(|(label, _)| matches!(label, Label::Broadcast(_)));
        let output = match right {
            Some(right) => {
                let named = right.replace("...", "").chars().count();
                let count = if right.contains("...") {
                    named + broadcast.count()
                } else {
                    named
                };
                labels(right, Some(count)).ok_or_else(|| wrong("has a result that is none"))?
            }
            // Letters that stand once, in alphabetical order, after the ellipsis.
            None => {
                let once = |label: &Label| operands.iter().flatten().filter(|own| *own == label).count() == 1;
                let mut output: Vec<Label> = broadcast.map(|(label, _)| *label).rev().collect();
                let named = lengths.iter().map(|(label, _)| *label);
                output.extend(named.filter(|label| matches!(label, Label::Named(_)) && once(label)));
                output
            }
        };
        let is_known = |label: &Label| lengths.iter().any(|(own, _)| own == label);
        let repeats = (1..output.len()).any(|at| output[..at].contains(&output[at]));
        if repeats || !output.iter().all(is_known) {
            return Err(wrong("has a label in the result twice, or in no operand"));
        }
        Ok(Self {
            operands,
            output,
            lengths,
        })
    }

    /// The length of a label.
    pub fn length(&self, label: Label) -> usize {
        let found = self.lengths.iter().find(|(own, _)| *own == label);
        found.map_or(1, |(_, length)| *length)
    }
}

/// The labels of a term for an operand of so many dimensions.
fn labels(term: &str, rank: Option<usize>) -> Option<Vec<Label>> {
    let (before, after) = match term.split_once("...") {
        Some((before, after)) => (before, Some(after)),
        None => (term, None),
    };
    let named = |text: &str| {
        let labels = text
            .chars()
            .map(|letter| letter.is_ascii_alphabetic().then_some(Label::Named(letter)));
        labels.collect::<Option<Vec<_>>>()
    };
    let mut labels = named(before)?;
    if let Some(after) = after {
        let after = named(after)?;
        let count = rank?.checked_sub(labels.len() + after.len())?;
        labels.extend((0..count).rev().map(Label::Broadcast));
        labels.extend(after);
    }
    (rank == Some(labels.len())).then_some(labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ellipsis_counts_from_the_last_dimension() {
        let equation = Equation::parse("...ij, jk", &[&[2, 3, 4, 5], &[5, 6]]).expect("fits");
        assert_eq!(equation.operands[0][..2], [Label::Broadcast(1), Label::Broadcast(0)]);
        let lengths: Vec<usize> = equation.output.iter().map(|label| equation.length(*label)).collect();
        assert_eq!(lengths, [2, 3, 4, 6]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(Equation::parse("ij,jk->ik", &[&[2, 3], &[4, 5]]).is_err());
        assert!(Equation::parse("ij->k", &[&[2, 3]]).is_err());
        assert!(Equation::parse("ij->ii", &[&[2, 3]]).is_err());
        assert!(Equation::parse("i", &[&[2, 3]]).is_err());
        assert!(Equation::parse("i,j", &[&[2]]).is_err());
    }
}

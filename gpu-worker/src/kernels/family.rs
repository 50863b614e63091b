//! Kernels of one kind that differ in what is written out in them.

use super::Kernel;

/// Kernels by what is written out in them: sizes, steps, and how memory is accessed.
#[derive(Debug)]
pub struct Family<V>(Vec<(V, Kernel)>);

impl<V: PartialEq> Family<V> {
    /// One of each.
    pub fn new(variants: impl IntoIterator<Item = V>, kernel: impl Fn(&V) -> Kernel) -> Self {
        let made = variants.into_iter().map(|variant| {
            let kernel = kernel(&variant);
            (variant, kernel)
        });
        Self(made.collect())
    }

    /// That of a variant, if there is one.
    pub fn of(&self, wanted: &V) -> Option<&Kernel> {
        self.first(|variant| variant == wanted).map(|(_, kernel)| kernel)
    }

    /// The first that suits.
    pub fn first(&self, suits: impl Fn(&V) -> bool) -> Option<(&V, &Kernel)> {
        self.iter().find(|(variant, _)| suits(variant))
    }

    /// All, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = (&V, &Kernel)> {
        self.0.iter().map(|(variant, kernel)| (variant, kernel))
    }

    /// All kernels, for their checks.
    #[cfg(test)]
    pub fn kernels(&self) -> Vec<&Kernel> {
        self.0.iter().map(|(_, kernel)| kernel).collect()
    }
}

impl Kernel {
    /// A kernel whose name and source are made, which is done once for each: they stay for good.
    pub fn made(name: String, source: &[&str], inputs: usize) -> Self {
        Self {
            name: name.leak(),
            source: source.concat().leak(),
            inputs,
        }
    }
}

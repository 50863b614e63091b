//! Where each element of a resized axis comes from, by ONNX's definition of Resize.

use crate::kernels::resample::Row;

/// Where an output coordinate lies in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coordinates {
    HalfPixel,
    HalfPixelSymmetric,
    PytorchHalfPixel,
    Asymmetric,
    AlignCorners,
    CropAndResize,
}

/// Which neighbour of a coordinate counts as nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearest {
    RoundPreferFloor,
    RoundPreferCeil,
    Floor,
    Ceil,
}

/// How elements between others are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    Nearest(Nearest),
    Linear,
    Cubic { a: f64 },
}

/// What all axes share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Where coordinates lie.
    pub coordinates: Coordinates,
    /// How elements are made.
    pub mode: Mode,
    /// Whether all elements count that one covers when it shrinks.
    pub antialias: bool,
    /// Whether what lies outside has no weight, rather than the edge's.
    pub excludes_outside: bool,
    /// What is there outside of a cropped region.
    pub extrapolation: f64,
}

/// One axis of a resizing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Along {
    /// Length of the input.
    pub input: usize,
    /// Length of the output.
    pub output: usize,
    /// How many times as long the output is meant to be.
    pub scale: f64,
    /// The region of the input, from and to, that CropAndResize sees.
    pub region: (f64, f64),
}

impl Settings {
    /// How each element of the axis is made.
    pub fn rows(&self, along: &Along) -> Vec<Row> {
        (0..along.output).map(|index| self.row(along, index as f64)).collect()
    }

    /// Where output `index` lies in the input.
    fn place(&self, along: &Along, index: f64) -> f64 {
        let &Along {
            input,
            output,
            scale,
            region: (from, to),
        } = along;
        let last = input as f64 - 1.0;
        let resized = scale * input as f64;
        match self.coordinates {
            Coordinates::HalfPixel => (index + 0.5) / scale - 0.5,
            Coordinates::HalfPixelSymmetric => {
                let adjustment = output as f64 / resized;
                input as f64 / 2.0 * (1.0 - adjustment) + (index + 0.5) / scale - 0.5
            }
            Coordinates::PytorchHalfPixel if output == 1 => 0.0,
            Coordinates::PytorchHalfPixel => (index + 0.5) / scale - 0.5,
            Coordinates::Asymmetric => index / scale,
            Coordinates::AlignCorners if resized == 1.0 || output == 1 => 0.0,
            Coordinates::AlignCorners => index * last / (resized - 1.0),
            Coordinates::CropAndResize if resized == 1.0 || output == 1 => (to - from) * last / 2.0 + from * last,
            Coordinates::CropAndResize => index * (to - from) * last / (resized - 1.0) + from * last,
        }
    }

    fn row(&self, along: &Along, index: f64) -> Row {
        let at = self.place(along, index);
        let last = along.input.saturating_sub(1);
        let whole = at.floor();
        // An element itself counts as the right one of the two that surround it.
        let share = if at == whole { 1.0 } else { at - whole };
        let weights = self.weights(share, along.scale);
        let half = (weights.len() / 2) as f64;
        let first = if at == whole { whole - half } else { whole - half + 1.0 };
        let is_beyond = self.coordinates == Coordinates::CropAndResize && !(0.0..=last as f64).contains(&at);
        let mut terms: Vec<(f64, f64)> = weights
            .iter()
            .enumerate()
            .map(|(tap, &weight)| (first + tap as f64, if is_beyond { 0.0 } else { weight }))
            .collect();
        if self.excludes_outside {
            let is_inside = |at: f64| (0.0..=last as f64).contains(&at);
            let sum: f64 = terms
                .iter()
                .filter(|(at, _)| is_inside(*at))
                .map(|(_, weight)| weight)
                .sum();
            let divisor = if sum == 0.0 { 1.0 } else { sum };
            for (at, weight) in &mut terms {
                *weight = if is_inside(*at) { *weight / divisor } else { 0.0 };
            }
        }
        Row {
            start: if is_beyond { self.extrapolation } else { 0.0 },
            // The edge stands for what lies beyond it; `as` takes what is not a number to zero.
            terms: terms
                .into_iter()
                .map(|(at, weight)| ((at.max(0.0) as usize).min(last), weight))
                .collect(),
        }
    }

    /// Weights of the neighbours, half of them on either side of a coordinate `share` right of an element.
    fn weights(&self, share: f64, scale: f64) -> Vec<f64> {
        let shrinks = if self.antialias { scale.min(1.0) } else { 1.0 };
        let kernel = |reach: f64, weight: &dyn Fn(f64) -> f64| {
            let first = (-reach / shrinks).floor() as i64 + 1;
            let weights: Vec<f64> = (first..2 - first)
                .map(|i| weight(shrinks * (i as f64 - share)))
                .collect();
            let sum: f64 = weights.iter().sum();
            weights.into_iter().map(|weight| weight / sum).collect()
        };
        match self.mode {
            Mode::Nearest(nearest) => {
                let takes_left = match nearest {
                    _ if share == 1.0 => false,
                    Nearest::RoundPreferFloor => share <= 0.5,
                    Nearest::RoundPreferCeil => share < 0.5,
                    Nearest::Floor => true,
                    Nearest::Ceil => false,
                };
                if takes_left { vec![1.0, 0.0] } else { vec![0.0, 1.0] }
            }
            Mode::Linear if self.antialias => kernel(1.0, &|x| (1.0 - x.abs()).clamp(0.0, 1.0)),
            Mode::Linear => vec![1.0 - share, share],
            Mode::Cubic { a } if self.antialias => kernel(2.0, &|x| cubic(x, a)),
            Mode::Cubic { a } => [-1.0, 0.0, 1.0, 2.0].map(|i| cubic(i - share, a)).to_vec(),
        }
    }
}

/// Keys' cubic convolution kernel.
fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_in_every_mode() {
        let modes = [
            Mode::Nearest(Nearest::RoundPreferFloor),
            Mode::Linear,
            Mode::Cubic { a: -0.75 },
        ];
        for mode in modes {
            for antialias in [false, true] {
                let settings = Settings {
                    coordinates: Coordinates::HalfPixel,
                    mode,
                    antialias,
                    excludes_outside: true,
                    extrapolation: 0.0,
                };
                for output in [1, 3, 7, 20] {
                    let scale = output as f64 / 7.0;
                    let along = Along {
                        input: 7,
                        output,
                        scale,
                        region: (0.0, 1.0),
                    };
                    for row in settings.rows(&along) {
                        let sum: f64 = row.terms.iter().map(|(_, weight)| weight).sum();
                        assert!((sum - 1.0).abs() < 1e-12, "{mode:?} to {output}: {sum}");
                        assert!(row.terms.iter().all(|(index, _)| *index < 7));
                    }
                }
            }
        }
    }
}

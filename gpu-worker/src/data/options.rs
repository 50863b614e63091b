//! What to take of a file.

use serde::{Deserialize, Serialize};

/// What to take of a file, and how much of it at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataOptions {
    /// The array, tensor or column of samples; without, the first of [`DataOptions::SAMPLES`] that there is.
    pub samples: Option<String>,
    /// The array, tensor or column of targets; without, the first of [`DataOptions::TARGETS`] that there is.
    pub targets: Option<String>,
    /// Bytes that samples and targets may take in memory.
    pub max_bytes: u64,
    /// What becomes of images.
    pub images: ImageOptions,
}

/// How images become samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageOptions {
    /// Width and height; without, all images must be of one size.
    pub size: Option<(u32, u32)>,
    /// How images of another size are brought to it.
    pub fit: Fit,
    /// 3 for red, green and blue, or 1 for grey.
    pub channels: usize,
    /// Subtracted from each channel, which is scaled to 0..1 before: one number for all, or one each.
    pub mean: Vec<f32>,
    /// Each channel is divided by it afterwards.
    pub deviation: Vec<f32>,
}

/// How an image is brought to another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Each side for itself.
    Stretch,
    /// Scaled until it covers the size; what sticks out on both sides is cut off.
    Crop,
}

impl Default for ImageOptions {
    fn default() -> Self {
        Self {
            size: None,
            fit: Fit::Stretch,
            channels: 3,
            mean: vec![0.0],
            deviation: vec![1.0],
        }
    }
}

impl ImageOptions {
    /// What is subtracted from a channel, and what it is divided by.
    pub fn normalization(&self, channel: usize) -> (f32, f32) {
        let of = |numbers: &[f32], none: f32| numbers.get(channel).or(numbers.first()).copied().unwrap_or(none);
        (of(&self.mean, 0.0), of(&self.deviation, 1.0))
    }

    fn flags(&self) -> Vec<(&'static str, String)> {
        let numbers = |numbers: &[f32]| numbers.iter().map(f32::to_string).collect::<Vec<_>>().join(",");
        let mut flags = vec![
            (
                "--image-fit",
                if self.fit == Fit::Crop { "crop" } else { "stretch" }.to_owned(),
            ),
            ("--image-channels", self.channels.to_string()),
            ("--image-mean", numbers(&self.mean)),
            ("--image-deviation", numbers(&self.deviation)),
        ];
        flags.extend(
            self.size
                .map(|(width, height)| ("--image-size", format!("{width}x{height}"))),
        );
        flags
    }
}

impl Default for DataOptions {
    fn default() -> Self {
        Self {
            samples: None,
            targets: None,
            max_bytes: 4 << 30,
            images: ImageOptions::default(),
        }
    }
}

impl DataOptions {
    /// Names that samples usually have.
    pub const SAMPLES: [&str; 6] = ["images", "inputs", "samples", "features", "input_ids", "x"];
    /// Names that targets usually have.
    pub const TARGETS: [&str; 5] = ["labels", "targets", "label", "target", "y"];

    /// The flags of `inktensor eval` that say the same.
    pub fn flags(&self) -> Vec<(&'static str, String)> {
        let mut flags = vec![("--limit-data-bytes", self.max_bytes.to_string())];
        flags.extend(self.samples.clone().map(|name| ("--samples", name)));
        flags.extend(self.targets.clone().map(|name| ("--targets", name)));
        flags.extend(self.images.flags());
        flags
    }

    /// The name of the samples among those that there are.
    pub fn samples_among<'a>(&'a self, found: &[String]) -> Option<&'a str> {
        choose(self.samples.as_deref(), &Self::SAMPLES, found)
    }

    /// The name of the targets among those that there are.
    pub fn targets_among<'a>(&'a self, found: &[String]) -> Option<&'a str> {
        choose(self.targets.as_deref(), &Self::TARGETS, found)
    }

    /// Says that there are no samples.
    pub(super) fn no_samples(&self, found: Vec<String>) -> super::DataError {
        missing("samples", self.samples.as_deref(), &Self::SAMPLES, "--samples", found)
    }

    /// Says that there are no targets.
    pub(super) fn no_targets(&self, found: Vec<String>) -> super::DataError {
        missing("targets", self.targets.as_deref(), &Self::TARGETS, "--targets", found)
    }
}

fn choose<'a>(named: Option<&'a str>, usual: &[&'static str], found: &[String]) -> Option<&'a str> {
    let is_there = |name: &&str| found.iter().any(|found| found == name);
    match named {
        Some(named) => Some(named).filter(is_there),
        None => usual.iter().copied().find(is_there),
    }
}

fn missing(what: &str, named: Option<&str>, usual: &[&str], flag: &str, found: Vec<String>) -> super::DataError {
    let wanted = match named {
        Some(named) => format!("the data has no '{named}', which {flag} names for the {what}"),
        None => format!("the data names no {what} ({}); {flag} names them", usual.join(", ")),
    };
    super::DataError::Missing { wanted, found }
}

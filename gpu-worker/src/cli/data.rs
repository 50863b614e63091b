//! Flags that say what to take of a data set.

use anyhow::{Context, ensure};
use gpu_worker::data::{DataOptions, Fit, ImageOptions};

/// What to take of the data.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Data")]
pub struct DataArgs {
    /// The array, tensor or column of samples; without, one of the usual name (images, inputs, samples, features, input_ids, x).
    #[arg(long, value_name = "NAME")]
    samples: Option<String>,
    /// The array, tensor or column of what is right; without, one of the usual name (labels, targets, label, target, y).
    #[arg(long, value_name = "NAME")]
    targets: Option<String>,
    /// Bytes that the data may take in memory.
    #[arg(long, value_name = "BYTES")]
    limit_data_bytes: Option<u64>,
    /// The size that images are brought to, such as 224x224; without, all must be of one size.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    image_size: Option<(u32, u32)>,
    /// How images of another size are brought to it: each side for itself, or scaled to cover it and cut.
    #[arg(long, value_name = "FIT", default_value = "stretch")]
    image_fit: FitArg,
    /// 3 for red, green and blue, 1 for grey.
    #[arg(long, value_name = "CHANNELS", default_value = "3", value_parser = clap::value_parser!(u8).range(1..=3))]
    image_channels: u8,
    /// Subtracted from each channel, which is scaled to 0..1 before: one number for all or one each, such as 0.485,0.456,0.406.
    #[arg(
        long,
        value_name = "NUMBERS",
        default_value = "0",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    image_mean: Vec<f32>,
    /// Each channel is divided by it afterwards.
    #[arg(long, value_name = "NUMBERS", default_value = "1", value_delimiter = ',')]
    image_deviation: Vec<f32>,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum FitArg {
    #[default]
    Stretch,
    Crop,
}

/// Reads WIDTHxHEIGHT.
fn size(text: &str) -> anyhow::Result<(u32, u32)> {
    let sides = text
        .split_once('x')
        .context("expected WIDTHxHEIGHT, for example 224x224")?;
    let side = |side: &str| side.parse().ok().filter(|side| (1..=16_384).contains(side));
    let sides = side(sides.0).zip(side(sides.1));
    sides.with_context(|| format!("`{text}` is no size: each side is a number from 1 to 16384"))
}

impl DataArgs {
    /// The options, with defaults for what is not given.
    ///
    /// # Errors
    /// When images would be neither grey nor coloured, or be divided by nothing.
    pub fn options(&self) -> anyhow::Result<DataOptions> {
        let channels = usize::from(self.image_channels);
        ensure!(channels != 2, "--image-channels is 1 or 3");
        for (flag, numbers) in [
            ("--image-mean", &self.image_mean),
            ("--image-deviation", &self.image_deviation),
        ] {
            ensure!(
                [1, channels].contains(&numbers.len()),
                "{flag} takes one number, or one for each of {channels} channels"
            );
        }
        ensure!(
            self.image_deviation.iter().all(|number| number.is_normal()),
            "--image-deviation divides, so it cannot be zero"
        );
        let default = DataOptions::default();
        Ok(DataOptions {
            samples: self.samples.clone(),
            targets: self.targets.clone(),
            max_bytes: self.limit_data_bytes.unwrap_or(default.max_bytes),
            images: ImageOptions {
                size: self.image_size,
                fit: match self.image_fit {
                    FitArg::Stretch => Fit::Stretch,
                    FitArg::Crop => Fit::Crop,
                },
                channels,
                mean: self.image_mean.clone(),
                deviation: self.image_deviation.clone(),
            },
        })
    }
}

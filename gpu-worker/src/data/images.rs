//! Images, PNG or JPEG: of a folder with a folder for each class, or of a column of a table. They are unpacked batch by batch.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::{Path, PathBuf};

use ::parquet::data_type::ByteArray;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader};

use super::options::{Fit, ImageOptions};
use super::source::{Rows, Source, check_lengths};
use super::{DataError, DataOptions, checked_size};
use crate::tensor::{DataType, Shape, Tensor, TensorType};

/// The longest side of an image before it is resized.
const MAX_SIDE: u32 = 16_384;
/// Images in a folder.
const MAX_IMAGES: u64 = 10_000_000;

/// Where images come from.
#[derive(Debug)]
pub enum Encoded {
    /// Files.
    Files(Vec<PathBuf>),
    /// Values of a column.
    Bytes(Vec<ByteArray>),
}

/// Images that are unpacked when a batch asks for them: [channels, height, width], scaled to 0..1, then normalised.
#[derive(Debug)]
pub struct Images {
    name: String,
    encoded: Encoded,
    targets: Rows,
    options: ImageOptions,
    sample: TensorType,
    limit: u64,
}

/// Opens a folder. The classes are its folders, numbered from 0 in the order of their names.
pub fn open_folder(path: &Path, options: &DataOptions) -> Result<Images, DataError> {
    let mut files = Vec::new();
    let mut labels = Vec::new();
    let folders = entries(path)?.into_iter().filter(|entry| entry.is_dir());
    for (class, folder) in (0_i64..).zip(folders) {
        for file in entries(&folder)?.into_iter().filter(|file| is_image(file)) {
            files.push(file);
            labels.push(class);
        }
        checked_size("images", files.len() as u64, MAX_IMAGES)?;
    }
    if files.is_empty() {
        return Err(DataError::Format(path.display().to_string()));
    }
    let targets = Rows::new("labels", Tensor::vector(labels)?)?;
    Images::new(
        "images".into(),
        Encoded::Files(files),
        targets,
        &options.images,
        options.max_bytes,
    )
}

/// What lies in a folder, in the order of names.
fn entries(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    let wrong = |error| DataError::file(path, error);
    let entries = std::fs::read_dir(path).map_err(wrong)?;
    let mut entries = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    entries.sort();
    Ok(entries)
}

fn is_image(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    ["png", "jpg", "jpeg"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

impl Images {
    /// Images with as many targets. Without a size in the options all must be of the first one's.
    pub fn new(
        name: String,
        encoded: Encoded,
        targets: Rows,
        options: &ImageOptions,
        limit: u64,
    ) -> Result<Self, DataError> {
        let count = match &encoded {
            Encoded::Files(files) => files.len(),
            Encoded::Bytes(values) => values.len(),
        };
        check_lengths(count, &name, &targets)?;
        let mut images = Self {
            name,
            encoded,
            targets,
            options: options.clone(),
            sample: TensorType::new(DataType::Float32, Shape::scalar()),
            limit,
        };
        let (width, height) = match options.size {
            Some(size) => size,
            None => {
                let first = images.decode(0)?;
                (first.width(), first.height())
            }
        };
        checked_size(
            &images.name,
            4 * u64::from(width) * u64::from(height) * options.channels as u64,
            limit,
        )?;
        let dims = [options.channels, height as usize, width as usize];
        images.sample.shape = Shape::new(dims)?;
        Ok(images)
    }

    /// What messages call an image.
    fn label(&self, index: usize) -> String {
        match &self.encoded {
            Encoded::Files(files) => files
                .get(index)
                .map_or_else(String::new, |file| file.display().to_string()),
            Encoded::Bytes(_) => format!("{}[{index}]", self.name),
        }
    }

    fn decode(&self, index: usize) -> Result<DynamicImage, DataError> {
        let wrong = |error: &dyn ToString| DataError::array(&self.label(index), error.to_string());
        match &self.encoded {
            Encoded::Files(files) => {
                let path = files.get(index).ok_or_else(|| wrong(&"there is no such image"))?;
                let file = File::open(path).map_err(|error| wrong(&error))?;
                unpack(BufReader::new(file), self.limit).map_err(|error| wrong(&error))
            }
            Encoded::Bytes(values) => {
                let value = values.get(index).ok_or_else(|| wrong(&"there is no such image"))?;
                unpack(Cursor::new(value.data()), self.limit).map_err(|error| wrong(&error))
            }
        }
    }

    /// Appends the numbers of an image, channel by channel.
    fn append(&self, index: usize, numbers: &mut Vec<f32>) -> Result<(), DataError> {
        let image = self.decode(index)?;
        let &[channels, height, width] = self.sample.shape.dims() else {
            return Err(DataError::Empty);
        };
        let image = match self.options.size {
            Some((width, height)) if (image.width(), image.height()) != (width, height) => match self.options.fit {
                Fit::Stretch => image.resize_exact(width, height, FilterType::Triangle),
                Fit::Crop => image.resize_to_fill(width, height, FilterType::Triangle),
            },
            _ => image,
        };
        if (image.width() as usize, image.height() as usize) != (width, height) {
            let found = format!(
                "it is {} by {} pixels, but the first is {width} by {height}",
                image.width(),
                image.height()
            );
            return Err(DataError::array(
                &self.label(index),
                format!("{found}; --image-size makes them one size"),
            ));
        }
        let pixels = if channels == 1 {
            image.into_luma8().into_raw()
        } else {
            image.into_rgb8().into_raw()
        };
        for channel in 0..channels {
            let (mean, deviation) = self.options.normalization(channel);
            let of_channel = pixels.iter().skip(channel).step_by(channels);
            numbers.extend(of_channel.map(|&pixel| (f32::from(pixel) / 255.0 - mean) / deviation));
        }
        Ok(())
    }
}

/// Unpacks an image whose sides and bytes are bounded first.
fn unpack(bytes: impl BufRead + Seek, limit: u64) -> Result<DynamicImage, image::ImageError> {
    let mut reader = ImageReader::new(bytes).with_guessed_format()?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = limits.max_alloc.map(|bytes| bytes.min(limit));
    reader.limits(limits);
    reader.decode()
}

impl Source for Images {
    fn sample_type(&self) -> &TensorType {
        &self.sample
    }

    fn samples_name(&self) -> &str {
        &self.name
    }

    fn targets(&self) -> &Rows {
        &self.targets
    }

    fn images(&self) -> Option<&ImageOptions> {
        Some(&self.options)
    }

    fn samples(&self, indices: &[usize]) -> Result<Tensor, DataError> {
        let shape = Shape::new([&[indices.len()], self.sample.shape.dims()].concat())?;
        let mut numbers = Vec::with_capacity(shape.elements());
        for index in indices {
            self.append(*index, &mut numbers)?;
        }
        Ok(Tensor::new(shape, numbers)?)
    }
}

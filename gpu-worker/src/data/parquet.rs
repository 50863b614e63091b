//! Columns of Parquet files: a list of numbers a row, an encoded image a row, or several columns of numbers as features.

mod column;
mod footer;
mod pages;
mod thrift;
mod unpacked;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ::parquet::file::reader::{FileReader, SerializedFileReader};

use self::column::{Values, read_column};
use super::images::{Encoded, Images};
use super::source::{InMemory, Rows, Source};
use super::{DataError, DataOptions, checked_size, to_samples, to_targets};
use crate::tensor::{Shape, Tensor};

/// What messages call samples that are made of several columns.
const FEATURES: &str = "features";

/// Reads samples and targets of a file.
pub fn open(path: &Path, options: &DataOptions) -> Result<Arc<dyn Source>, DataError> {
    let table = Table::open(path, options.max_bytes)?;
    let found = table.names();
    let targets_name = options
        .targets_among(&found)
        .ok_or_else(|| options.no_targets(found.clone()))?;
    let targets = table.tensor(targets_name)?;
    let targets = Rows::new(targets_name, to_targets(targets_name, &targets)?)?;
    let Some(name) = options.samples_among(&found).or_else(|| image_column(&table, options)) else {
        if options.samples.is_some() {
            return Err(options.no_samples(found));
        }
        return Ok(Arc::new(InMemory::new(table.features(targets_name)?, targets)?));
    };
    match table.column(name)? {
        (Values::Bytes(images), _) => {
            let encoded = Encoded::Bytes(images);
            Ok(Arc::new(Images::new(
                name.into(),
                encoded,
                targets,
                &options.images,
                options.max_bytes,
            )?))
        }
        (values, each) => {
            let samples = to_samples(name, tensor(name, values, each)?)?;
            Ok(Arc::new(InMemory::new(Rows::new(name, samples)?, targets)?))
        }
    }
}

/// The column `image`, as data sets of images usually have it.
fn image_column<'a>(table: &Table, options: &DataOptions) -> Option<&'a str> {
    let name = "image";
    (options.samples.is_none() && table.names().iter().any(|found| found == name)).then_some(name)
}

struct Table {
    reader: SerializedFileReader<File>,
    path: std::path::PathBuf,
    limit: u64,
}

impl Table {
    fn open(path: &Path, limit: u64) -> Result<Self, DataError> {
        let file = File::open(path).map_err(|error| DataError::file(path, error))?;
        footer::check(&file).map_err(|error| DataError::file(path, format!("its footer is broken: {error}")))?;
        let reader = SerializedFileReader::new(file).map_err(|error| DataError::file(path, error))?;
        let rows = reader.metadata().file_metadata().num_rows();
        let rows = u64::try_from(rows).map_err(|_| DataError::file(path, "it has a negative number of rows"))?;
        checked_size("rows", rows, limit)?;
        Ok(Self {
            reader,
            path: path.to_owned(),
            limit,
        })
    }

    /// The columns, those inside of others left out.
    fn names(&self) -> Vec<String> {
        let root = self.reader.metadata().file_metadata().schema();
        root.get_fields().iter().map(|field| field.name().to_owned()).collect()
    }

    /// The number of the one column of plain values that a column consists of.
    fn leaf(&self, name: &str) -> Result<usize, DataError> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let of_name = |(_, column): &(usize, &::parquet::schema::types::ColumnDescPtr)| {
            column.path().parts().first().is_some_and(|root| root == name)
        };
        let leaves: Vec<_> = schema.columns().iter().enumerate().filter(of_name).collect();
        let is_image = |column: &::parquet::schema::types::ColumnDescPtr| {
            column.path().parts().get(1).is_some_and(|part| part == "bytes")
        };
        match leaves.as_slice() {
            [(leaf, _)] => Ok(*leaf),
            leaves => {
                let image = leaves.iter().find(|(_, column)| is_image(column));
                image.map(|(leaf, _)| *leaf).ok_or_else(|| DataError::Type {
                    name: name.into(),
                    found: format!("a structure of {} columns", leaves.len()),
                    expected: "numbers, lists of numbers, or images",
                })
            }
        }
    }

    fn column(&self, name: &str) -> Result<(Values, usize), DataError> {
        read_column(&self.reader, &self.path, self.leaf(name)?, name, self.limit)
    }

    fn tensor(&self, name: &str) -> Result<Tensor, DataError> {
        let (values, each) = self.column(name)?;
        tensor(name, values, each)
    }

    /// All columns of one number a row but the targets, side by side in the file's order, in single precision.
    fn features(&self, targets: &str) -> Result<Rows, DataError> {
        let names: Vec<String> = self.names().into_iter().filter(|name| name != targets).collect();
        let rows = self.reader.metadata().file_metadata().num_rows() as u64;
        checked_size(
            FEATURES,
            rows.saturating_mul(names.len() as u64).saturating_mul(4),
            self.limit,
        )?;
        let mut columns = Vec::with_capacity(names.len());
        for name in &names {
            let column = to_targets(name, &self.tensor(name)?)?;
            if column.shape().rank() != 1 {
                return Err(DataError::Type {
                    name: name.clone(),
                    found: format!(
                        "lists of {}",
                        column.shape().elements() / column.shape().dims()[0].max(1)
                    ),
                    expected: "single numbers, as of every column that is a feature (--samples names one column for all),",
                });
            }
            columns.push(column.to_floats()?);
        }
        let rows = columns.first().map_or(0, Vec::len);
        let samples: Vec<f32> = (0..rows)
            .flat_map(|row| columns.iter().map(move |column| column[row] as f32))
            .collect();
        Rows::new(FEATURES, Tensor::new(Shape::new([rows, names.len()])?, samples)?)
    }
}

/// Values as a tensor [rows], or [rows, each] of lists.
fn tensor(name: &str, values: Values, each: usize) -> Result<Tensor, DataError> {
    let shape = |length: usize| match each {
        1 => Shape::new([length]),
        _ => Shape::new([length / each.max(1), each]),
    };
    Ok(match values {
        Values::Integers(values) => Tensor::new(shape(values.len())?, values)?,
        Values::Singles(values) => Tensor::new(shape(values.len())?, values)?,
        Values::Doubles(values) => Tensor::new(shape(values.len())?, values)?,
        Values::Bytes(_) => {
            return Err(DataError::Type {
                name: name.into(),
                found: "text or bytes".into(),
                expected: "numbers",
            });
        }
    })
}

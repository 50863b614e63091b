//! Reading one column of plain values, bounded before it is unpacked.

use std::fs::File;
use std::path::Path;

use ::parquet::basic::{Compression, ConvertedType};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::file::reader::{FileReader, SerializedFileReader};

use super::super::{DataError, checked_size};
use super::pages::{Promise, scan};
use super::unpacked::Checked;

/// Rows that are read at once.
const ROWS: usize = 1024;

/// The values of a column.
pub enum Values {
    /// Integers and truth values.
    Integers(Vec<i64>),
    /// Single precision.
    Singles(Vec<f32>),
    /// Double precision.
    Doubles(Vec<f64>),
    /// Encoded images, or text.
    Bytes(Vec<ByteArray>),
}

/// Reads a column: its values, and how many a row has, which must be the same in all rows.
pub fn read_column(
    reader: &SerializedFileReader<File>,
    path: &Path,
    leaf: usize,
    name: &str,
    limit: u64,
) -> Result<(Values, usize), DataError> {
    let column = reader.metadata().file_metadata().schema_descr().column(leaf);
    if column.converted_type() == ConvertedType::DECIMAL || column.converted_type() == ConvertedType::INTERVAL {
        return Err(wrong_type(name, &format!("{}", column.converted_type())));
    }
    check_pages(reader, path, leaf, name, limit)?;
    let mut rows = Layout {
        name,
        nullable: column.max_def_level(),
        is_list: column.max_rep_level() > 0,
        each: None,
        rows: 0,
    };
    let mut found: Option<Values> = None;
    for group in 0..reader.num_row_groups() {
        let group = reader
            .get_row_group(group)
            .map_err(|error| DataError::array(name, error))?;
        let pages = group
            .get_column_page_reader(leaf)
            .map_err(|error| DataError::array(name, error))?;
        let pages = Checked::new(pages, column.clone());
        let values = match get_column_reader(column.clone(), Box::new(pages)) {
            ColumnReader::Int32ColumnReader(column) => {
                Values::Integers(rows.read(column)?.into_iter().map(i64::from).collect())
            }
            ColumnReader::Int64ColumnReader(column) => Values::Integers(rows.read(column)?),
            ColumnReader::BoolColumnReader(column) => {
                Values::Integers(rows.read(column)?.into_iter().map(i64::from).collect())
            }
            ColumnReader::FloatColumnReader(column) => Values::Singles(rows.read(column)?),
            ColumnReader::DoubleColumnReader(column) => Values::Doubles(rows.read(column)?),
            ColumnReader::ByteArrayColumnReader(column) => Values::Bytes(rows.read(column)?),
            ColumnReader::Int96ColumnReader(_) => return Err(wrong_type(name, "a time of 96 bits")),
            ColumnReader::FixedLenByteArrayColumnReader(_) => return Err(wrong_type(name, "bytes of fixed length")),
        };
        match (&mut found, values) {
            (Some(Values::Integers(found)), Values::Integers(values)) => found.extend(values),
            (Some(Values::Singles(found)), Values::Singles(values)) => found.extend(values),
            (Some(Values::Doubles(found)), Values::Doubles(values)) => found.extend(values),
            (Some(Values::Bytes(found)), Values::Bytes(values)) => found.extend(values),
            (_, values) => found = Some(values),
        }
    }
    let values = found.filter(|_| rows.rows > 0).ok_or(DataError::Empty)?;
    Ok((values, rows.each.unwrap_or(1)))
}

fn wrong_type(name: &str, found: &str) -> DataError {
    DataError::Type {
        name: name.into(),
        found: found.into(),
        expected: "numbers, lists of numbers, or images",
    }
}

/// Checks what all pages of a column promise. A value takes 8 bytes here, a long page the bytes that it says.
fn check_pages(
    reader: &SerializedFileReader<File>,
    path: &Path,
    leaf: usize,
    name: &str,
    limit: u64,
) -> Result<(), DataError> {
    let mut promise = Promise::default();
    let mut file = File::open(path).map_err(|error| DataError::file(path, error))?;
    for group in reader.metadata().row_groups() {
        let column = group
            .columns()
            .get(leaf)
            .ok_or_else(|| DataError::array(name, "a group of rows lacks it"))?;
        let compression = column.compression();
        if !matches!(compression, Compression::UNCOMPRESSED | Compression::SNAPPY) {
            let message = format!("it is compressed by {compression:?}; save the file with snappy, or uncompressed");
            return Err(DataError::array(name, message));
        }
        // Where the reader begins, too.
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let start = u64::try_from(start).ok();
        let length = u64::try_from(column.compressed_size()).ok();
        let (Some(start), Some(length)) = (start, length) else {
            return Err(DataError::array(name, "its place in the file is negative"));
        };
        scan(&mut file, start, length, &mut promise).map_err(|error| DataError::array(name, error))?;
    }
    checked_size(name, promise.longest, limit)?;
    checked_size(name, promise.values.saturating_mul(8), limit)
}

/// How values lie in rows.
struct Layout<'a> {
    name: &'a str,
    /// The level of a value that is there; less means that it, or a list around it, is null or empty.
    nullable: i16,
    is_list: bool,
    each: Option<usize>,
    rows: usize,
}

impl Layout<'_> {
    fn read<T: DataType>(&mut self, mut column: ColumnReaderImpl<T>) -> Result<Vec<T::T>, DataError> {
        let mut values = Vec::new();
        let (mut there, mut starts) = (Vec::new(), Vec::new());
        loop {
            there.clear();
            starts.clear();
            let read = column.read_records(ROWS, Some(&mut there), Some(&mut starts), &mut values);
            let (rows, found, _) = read.map_err(|error| DataError::array(self.name, error))?;
            if rows == 0 {
                return Ok(values);
            }
            if self.nullable > 0 && there.iter().any(|level| *level < self.nullable) {
                let rows = format!("{} to {}", self.rows, self.rows + rows);
                return Err(DataError::array(
                    self.name,
                    format!("among its rows {rows} is a null or an empty list"),
                ));
            }
            if self.is_list {
                self.check_lists(&starts)?;
            } else if found != rows {
                return Err(DataError::array(self.name, format!("{rows} rows have {found} values")));
            }
            self.rows += rows;
        }
    }

    /// Every list must have as many elements as the first; one begins where the level is 0.
    fn check_lists(&mut self, starts: &[i16]) -> Result<(), DataError> {
        let lists = starts.chunk_by(|_, level| *level != 0);
        for (at, list) in lists.enumerate() {
            let each = *self.each.get_or_insert(list.len());
            if list.len() != each {
                let row = self.rows + at;
                let message = format!(
                    "its row {row} has {} elements, but the first has {each}; all must have as many",
                    list.len()
                );
                return Err(DataError::array(self.name, message));
            }
        }
        Ok(())
    }
}

//! Arrays of `.npz` archives.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use npyz::npz::NpzArchive;
use npyz::{Deserialize, NpyFile, Order};

use super::source::{InMemory, Rows, bounded};
use super::{DataError, DataOptions, to_samples, to_targets};
use crate::tensor::{Element, MAX_ELEMENTS, Shape, Tensor};

#[cfg(test)]
#[path = "../../fuzz/archive.rs"]
mod archive;

/// Bytes of the head of an array: its type and shape in a line of text.
const MAX_HEAD: u64 = 1 << 16;

/// Opening brackets of a head: of the whole and of the shape. Only structures of several fields have more.
const MAX_BRACKETS: usize = 2;

/// Reads samples and targets of an archive.
pub fn open(path: &Path, options: &DataOptions) -> Result<InMemory, DataError> {
    let file = File::open(path).map_err(|error| DataError::file(path, error))?;
    let mut archive = NpzArchive::new(BufReader::new(file)).map_err(|error| DataError::file(path, error))?;
    let found = names(&archive);
    let samples = options
        .samples_among(&found)
        .ok_or_else(|| options.no_samples(found.clone()))?;
    let targets = options
        .targets_among(&found)
        .ok_or_else(|| options.no_targets(found.clone()))?;
    let tensor = to_samples(samples, read_bounded(&mut archive, samples, options.max_bytes)?)?;
    let rest = options.max_bytes.saturating_sub(tensor.tensor_type().bytes() as u64);
    let labels = to_targets(targets, &read_bounded(&mut archive, targets, rest)?)?;
    InMemory::new(Rows::new(samples, tensor)?, Rows::new(targets, labels)?)
}

/// The arrays' names, sorted: an archive gives them in no order.
fn names<R: Read + Seek>(archive: &NpzArchive<R>) -> Vec<String> {
    let mut names: Vec<String> = archive.array_names().map(str::to_owned).collect();
    names.sort_unstable();
    names
}

/// Reads one array of an archive that is trusted.
pub fn read_array<R: Read + Seek>(archive: &mut NpzArchive<R>, name: &str) -> Result<Tensor, DataError> {
    read_bounded(archive, name, MAX_ELEMENTS as u64 * 8)
}

/// Reads one array of at most `limit` bytes, whatever it promises and however well it is packed.
fn read_bounded<R: Read + Seek>(archive: &mut NpzArchive<R>, name: &str, limit: u64) -> Result<Tensor, DataError> {
    check_head(archive, name)?;
    let found = names(archive);
    let file = archive.by_name(name).map_err(|error| DataError::array(name, error))?;
    let file = file.ok_or_else(|| DataError::Missing {
        wanted: format!("the archive has no array '{name}'"),
        found,
    })?;
    if file.order() == Order::Fortran && file.shape().len() > 1 {
        return Err(DataError::array(
            name,
            "it is stored column by column; save it with numpy.ascontiguousarray",
        ));
    }
    let dims: Vec<usize> = file
        .shape()
        .iter()
        .map(|&dim| usize::try_from(dim).unwrap_or(usize::MAX))
        .collect();
    let descr = file.dtype().descr();
    let mut file = file;
    macro_rules! try_types {
        ($($type:ty),*) => {$(
            file = match try_read::<$type, _>(file, name, &dims, limit)? {
                Ok(tensor) => return Ok(tensor),
                Err(file) => file,
            };
        )*};
    }
    try_types!(f32, i64, f64, i32, u8, i8, i16, u16, u32, u64);
    drop(file);
    Err(DataError::Type {
        name: name.into(),
        found: descr,
        expected: "float32, float64 or integers",
    })
}

/// The reader of heads allocates what a head says it takes, its time doubles with each bracket that is not closed, and it multiplies the
/// lengths of a shape without looking whether 64 bits hold the product.
fn check_head<R: Read + Seek>(archive: &mut NpzArchive<R>, name: &str) -> Result<(), DataError> {
    let file_name = npyz::npz::file_name_from_array_name(name);
    let Ok(mut file) = archive.zip_archive().by_name(&file_name) else {
        // The caller says so.
        return Ok(());
    };
    let mut head = [0; 12];
    file.read_exact(&mut head)
        .map_err(|error| DataError::array(name, error))?;
    let [.., version, _, a, b, c, d] = head;
    let length: u64 = if version == 1 {
        u16::from_le_bytes([a, b]).into()
    } else {
        u32::from_le_bytes([a, b, c, d]).into()
    };
    if length > MAX_HEAD {
        return Err(DataError::array(
            name,
            format!("its head says that it takes {length} bytes, over {MAX_HEAD}"),
        ));
    }
    // Of the first form, the last two bytes belong to the text.
    let mut text = head[if version == 1 { 10 } else { 12 }..].to_vec();
    file.take(length)
        .read_to_end(&mut text)
        .map_err(|error| DataError::array(name, error))?;
    text.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    let brackets = text.iter().filter(|byte| b"([{".contains(byte)).count();
    if brackets > MAX_BRACKETS {
        return Err(DataError::array(
            name,
            format!("its head has {brackets} brackets; one of plain numbers has {MAX_BRACKETS}"),
        ));
    }
    match product(&text) {
        Some(_) => Ok(()),
        None => Err(DataError::array(
            name,
            "its head states more elements than 64 bits count",
        )),
    }
}

/// The product of all whole numbers of a head, of which those of its shape are the most, each at least one; none if 64 bits do not hold it.
fn product(head: &[u8]) -> Option<u64> {
    let words = head.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let numbers = words.filter(|word| word.first().is_some_and(u8::is_ascii_digit));
    numbers
        .map(whole_number)
        .try_fold(1_u64, |product, number| product.checked_mul(number?.max(1)))
}

/// A whole number as Python writes it; none if it is another word or too large.
fn whole_number(word: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(word).ok()?.replace('_', "").to_ascii_lowercase();
    let (digits, radix) = match text.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        Some("0b") => (&text[2..], 2),
        _ => (&text[..], 10),
    };
    u64::from_str_radix(digits, radix).ok()
}

/// Reads the elements if they are of type `T`, else gives the file back. Memory grows with what is read, not with what is promised.
fn try_read<T: Element + Deserialize, R: Read>(
    file: NpyFile<R>,
    name: &str,
    dims: &[usize],
    limit: u64,
) -> Result<Result<Tensor, NpyFile<R>>, DataError> {
    let reader = match file.try_data::<T>() {
        Ok(reader) => reader,
        Err(file) => return Ok(Err(file)),
    };
    let shape: Shape = bounded(name, dims.to_vec(), size_of::<T>(), limit)?;
    let elements: io::Result<Vec<T>> = reader.take(shape.elements()).collect();
    let elements = elements.map_err(|error| DataError::array(name, error))?;
    Ok(Ok(
        Tensor::new(shape, elements).map_err(|error| DataError::array(name, error))?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// An array whose head is this text.
    fn array(head: &str) -> Vec<u8> {
        let length = u16::try_from(head.len()).expect("a short head");
        [
            &b"\x93NUMPY\x01\x00"[..],
            &length.to_le_bytes(),
            head.as_bytes(),
            &[0; 64],
        ]
        .concat()
    }

    fn read(head: &str) -> Result<Tensor, DataError> {
        let bytes = archive::of_one("images.npy", &array(head));
        let mut archive = NpzArchive::new(Cursor::new(bytes)).expect("an archive");
        read_array(&mut archive, "images")
    }

    /// Found by fuzzing: the reader of heads took a second for 20 brackets, and twice as long for each more.
    #[test]
    fn brackets_that_are_not_closed_are_refused_before_they_are_parsed() {
        let sound = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 16)}";
        assert_eq!(read(sound).expect("bytes").shape().dims(), [4, 16]);
        let refusal = read(&"{".repeat(100)).expect_err("a head that is none").to_string();
        assert!(refusal.contains("its head has 100 brackets"), "{refusal}");
    }

    /// Found by fuzzing: the reader of heads multiplied the lengths of a shape beyond 64 bits.
    #[test]
    fn lengths_that_overflow_are_refused_before_they_are_multiplied() {
        let head = |shape: &str| format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape})}}");
        for shape in [
            "3, 16, 00446744073709551615,00000000001978727392",
            "0, 4294967296, 4294967296",
            "0xffff_ffff_ffff_ffff, 2",
            "99999999999999999999,",
        ] {
            let refusal = read(&head(shape)).expect_err("too many").to_string();
            assert!(
                refusal.contains("more elements than 64 bits count"),
                "{shape}: {refusal}"
            );
        }
        assert_eq!(product(head("0, 0x1_0, 0b11, 0o7,").as_bytes()), Some(16 * 3 * 7));
    }

    #[test]
    fn bytes_that_follow_a_head_are_no_part_of_it() {
        let head = "{'descr': '|u1', 'fortran_order': False, 'shape': (64,)}";
        let mut file = array(head);
        let start = file.len() - 64;
        file[start..].fill(b'9');
        let bytes = archive::of_one("images.npy", &file);
        let mut archive = NpzArchive::new(Cursor::new(bytes)).expect("an archive");
        let read = read_array(&mut archive, "images").expect("bytes");
        assert_eq!(read.as_slice::<u8>().expect("bytes"), [b'9'; 64]);
    }
}

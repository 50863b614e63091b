//! What a page holds once it is unpacked, before its levels and values are decoded.
//!
//! The reader's decoders take the head's word for how many values a page has, and a value's word for how long it is; where bytes are
//! missing some of them panic, and a dictionary takes memory for all entries that its head promises. So each page passes here on its way
//! to them, and is stepped over as they will step. Encodings for which nothing here does that are refused.

use ::parquet::basic::{Encoding, Type};
use ::parquet::column::page::{Page, PageMetadata, PageReader};
use ::parquet::errors::{ParquetError, Result};
use ::parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

/// The longest number in pieces of 7 bits that the reader takes.
const MAX_NUMBER_BYTES: usize = 10;
/// What the lengths of levels in pages of the first form, of texts and of runs of truth values take.
const LENGTH_BYTES: usize = 4;

/// The pages of a column, each checked.
pub struct Checked {
    pages: Box<dyn PageReader>,
    column: ColumnDescPtr,
}

impl Checked {
    /// Checks pages of this column.
    pub fn new(pages: Box<dyn PageReader>, column: ColumnDescPtr) -> Self {
        Self { pages, column }
    }
}

impl Iterator for Checked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Checked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page()?;
        if let Some(page) = &page {
            check(page, &self.column)?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}

fn check(page: &Page, column: &ColumnDescriptor) -> Result<()> {
    let mut bytes = &page.buffer()[..];
    let count = page.num_values() as usize;
    let highest = [column.max_rep_level(), column.max_def_level()];
    match page {
        Page::DictionaryPage { .. } => return plain(bytes, count, column.physical_type()),
        Page::DataPage {
            rep_level_encoding,
            def_level_encoding,
            ..
        } => {
            for (highest, encoding) in highest.into_iter().zip([rep_level_encoding, def_level_encoding]) {
                match (bits(highest), encoding) {
                    (0, _) => {}
                    (bits, Encoding::RLE) => runs(prefixed(&mut bytes)?, bits)?,
                    // The older packed bits, as long as the count says; other encodings the page's head was refused for.
                    (bits, _) => drop(take(&mut bytes, count.saturating_mul(bits).div_ceil(8))?),
                }
            }
        }
        Page::DataPageV2 {
            rep_levels_byte_len,
            def_levels_byte_len,
            ..
        } => {
            for (highest, length) in highest.into_iter().zip([rep_levels_byte_len, def_levels_byte_len]) {
                runs(take(&mut bytes, *length as usize)?, bits(highest))?;
            }
        }
    }
    values(bytes, count, page.encoding(), column.physical_type())
}

/// Bits that a level takes.
fn bits(highest: i16) -> usize {
    (i16::BITS - highest.leading_zeros()) as usize
}

/// Checks the values of a page, of which none may be null: columns with nulls are refused anyway.
fn values(mut bytes: &[u8], count: usize, encoding: Encoding, kind: Type) -> Result<()> {
    match encoding {
        Encoding::PLAIN => plain(bytes, count, kind),
        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => match bytes.split_first() {
            Some((bits, places)) => runs(places, usize::from(*bits)),
            None => Err(missing(count, "nothing")),
        },
        Encoding::RLE => runs(prefixed(&mut bytes)?, 1),
        Encoding::BYTE_STREAM_SPLIT => fixed(bytes, count, kind),
        Encoding::DELTA_BINARY_PACKED => differences(bytes, count),
        encoding => Err(broken(format!(
            "the encoding {encoding} is not read; save the file with plain values or a dictionary"
        ))),
    }
}

/// Values one after the other.
fn plain(mut bytes: &[u8], count: usize, kind: Type) -> Result<()> {
    if kind != Type::BYTE_ARRAY {
        return fixed(bytes, count, kind);
    }
    for found in 0..count {
        prefixed(&mut bytes).map_err(|_| missing(count, &format!("bytes of {found}")))?;
    }
    Ok(())
}

/// Values that all take as many bytes, or a bit.
fn fixed(bytes: &[u8], count: usize, kind: Type) -> Result<()> {
    let bits = match kind {
        Type::BOOLEAN => 1,
        Type::INT32 | Type::FLOAT => 32,
        Type::INT64 | Type::DOUBLE => 64,
        kind => return Err(broken(format!("values of the type {kind} are not read"))),
    };
    if bytes.len() < count.saturating_mul(bits).div_ceil(8) {
        return Err(missing(count, &format!("{} bytes", bytes.len())));
    }
    Ok(())
}

/// Integers as what each has more than the one before it: blocks of as many parts each, and in a part numbers of as many bits each.
fn differences(mut bytes: &[u8], count: usize) -> Result<()> {
    let mut head = [0; 4];
    for number in &mut head {
        *number = varint(&mut bytes)?.ok_or_else(|| missing(count, "no head"))?;
    }
    let [block, parts, found, _first] = head;
    if found != count as u64 {
        return Err(missing(count, &format!("{found}")));
    }
    // What the reader multiplies stays within 64 bits.
    if u32::try_from(block).is_err() || parts == 0 || block / parts == 0 {
        return Err(broken(format!(
            "differences in {parts} parts of blocks of {block} values"
        )));
    }
    let each = (block / parts) as usize;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        varint(&mut bytes)?;
        let bits = take(&mut bytes, parts as usize)?;
        for bits in bits {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(each);
            // The last part may be cut off where its values end, which the reader checks.
            bytes = bytes.get(usize::from(*bits) * each / 8..).unwrap_or_default();
        }
    }
    Ok(())
}

/// Runs of numbers of as many bits: how often a number is repeated and the number, or how many times eight numbers and those.
fn runs(mut bytes: &[u8], bits: usize) -> Result<()> {
    while let Some(head) = varint(&mut bytes)? {
        let length = match head {
            // Of nothing: what some writers fill up with.
            0 => 0,
            head if head & 1 == 0 => bits.div_ceil(8),
            head => usize::try_from(head >> 1).unwrap_or(usize::MAX).saturating_mul(bits),
        };
        // The last run may be cut off where its numbers end.
        bytes = bytes.get(length..).unwrap_or_default();
    }
    Ok(())
}

/// A number in pieces of 7 bits; none where the bytes end before it does.
fn varint(bytes: &mut &[u8]) -> Result<Option<u64>> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if at == MAX_NUMBER_BYTES {
            return Err(broken(format!("a number takes more than {MAX_NUMBER_BYTES} bytes")));
        }
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            *bytes = &bytes[at + 1..];
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Bytes whose length comes before them.
fn prefixed<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = take(bytes, LENGTH_BYTES)?;
    let length = length
        .iter()
        .rev()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    take(bytes, length)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8]> {
    let (taken, left) = bytes
        .split_at_checked(length)
        .ok_or_else(|| broken(format!("{length} bytes are missing where {} are left", bytes.len())))?;
    *bytes = left;
    Ok(taken)
}

fn missing(count: usize, found: &str) -> ParquetError {
    broken(format!(
        "a page of {count} values has {found}: it is cut off, or among them is a null or an empty list"
    ))
}

fn broken(what: String) -> ParquetError {
    ParquetError::General(what)
}

#[cfg(test)]
mod tests;

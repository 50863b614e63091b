//! What the pages of a column promise, before any of them is unpacked.
//!
//! A page's head says how long it is unpacked and how many values it holds, and readers take memory for that. Heads are Thrift structures
//! in the compact protocol; of these only the few numbers that matter are read, everything else is stepped over.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Structures within structures: page heads have three.
const MAX_DEPTH: u32 = 8;
/// Bytes of one text or list: statistics of values.
const MAX_SKIP: u64 = 1 << 24;

/// What pages promise together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Promise {
    /// Values, null or not.
    pub values: u64,
    /// Bytes of the longest page once unpacked.
    pub longest: u64,
}

/// Adds up the pages that lie in `length` bytes from `start`.
pub fn scan(file: &mut (impl Read + Seek), start: u64, length: u64, promise: &mut Promise) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    let mut reader = Counted {
        inner: BufReader::new(file),
        at: 0,
    };
    while reader.at < length {
        let head = Head::read(&mut reader)?;
        promise.longest = promise.longest.max(head.unpacked);
        promise.values = promise.values.saturating_add(head.values);
        let next = reader.at.checked_add(head.packed).filter(|next| *next <= length);
        let next = next.ok_or_else(|| io::Error::other("a page is longer than its column"))?;
        reader.skip(head.packed)?;
        debug_assert_eq!(reader.at, next);
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Head {
    unpacked: u64,
    packed: u64,
    values: u64,
}

impl Head {
    fn read(reader: &mut Counted<impl Read + Seek>) -> io::Result<Self> {
        let mut head = Self::default();
        let mut field = 0;
        while let Some(kind) = reader.field(&mut field)? {
            match (field, kind) {
                (2, 5) => head.unpacked = reader.length()?,
                (3, 5) => head.packed = reader.length()?,
                // Data pages, first and second form. The entries of a dictionary are no values.
                (5 | 8, 12) => head.values = reader.first_number()?,
                _ => reader.skip_value(kind, 0)?,
            }
        }
        Ok(head)
    }
}

struct Counted<R> {
    inner: BufReader<R>,
    at: u64,
}

impl<R: Read + Seek> Counted<R> {
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.inner.read_exact(&mut byte)?;
        self.at += 1;
        Ok(byte[0])
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let distance = i64::try_from(bytes).map_err(io::Error::other)?;
        self.inner.seek_relative(distance)?;
        self.at += bytes;
        Ok(())
    }

    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(io::Error::other("a number of a page's head does not end"))
    }

    /// A number that is not negative, written in zigzag.
    fn length(&mut self) -> io::Result<u64> {
        let zigzag = self.varint()?;
        if zigzag & 1 == 1 {
            return Err(io::Error::other("a length in a page's head is negative"));
        }
        Ok(zigzag >> 1)
    }

    /// The kind of the next field, whose number counts from the last one's; none at the end of the structure.
    fn field(&mut self, number: &mut u64) -> io::Result<Option<u8>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Ok(None);
        }
        match byte >> 4 {
            0 => *number = self.varint()? >> 1,
            delta => *number += u64::from(delta),
        }
        Ok(Some(byte & 15))
    }

    /// The first field of a structure, a number; steps over the others.
    fn first_number(&mut self) -> io::Result<u64> {
        let (mut field, mut first) = (0, 0);
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, 5) => first = self.length()?,
                _ => self.skip_value(kind, 1)?,
            }
        }
        Ok(first)
    }

    fn skip_value(&mut self, kind: u8, depth: u32) -> io::Result<()> {
        if depth > MAX_DEPTH {
            return Err(io::Error::other("a page's head nests too deep"));
        }
        match kind {
            1 | 2 => Ok(()),
            3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                if length > MAX_SKIP {
                    return Err(io::Error::other("a text in a page's head is too long"));
                }
                self.skip(length)
            }
            12 => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip_value(kind, depth + 1)?;
                }
                Ok(())
            }
            other => Err(io::Error::other(format!(
                "a page's head has a field of the unknown kind {other}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// Type 0, unpacked 5, packed 3, and 7 values in a data page's head.
    const HEAD: [u8; 11] = [0x15, 0, 0x15, 10, 0x15, 6, 0x2c, 0x15, 14, 0, 0];

    #[test]
    fn pages_are_added_up() {
        let pages = [&HEAD[..], b"abc", &HEAD, b"def"].concat();
        let mut promise = Promise::default();
        scan(&mut Cursor::new(&pages), 0, pages.len() as u64, &mut promise).expect("two pages");
        assert_eq!(promise, Promise { values: 14, longest: 5 });
    }

    #[test]
    fn broken_heads_are_errors() {
        let endless = [0xff; 40];
        let nested = [0x1c; 40];
        for pages in [&HEAD[..6], &HEAD, &endless, &nested, &[0x15, 1, 0x15, 3, 0]] {
            assert!(
                scan(&mut Cursor::new(pages), 0, pages.len() as u64, &mut Promise::default()).is_err(),
                "{pages:?}"
            );
        }
    }
}

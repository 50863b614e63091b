//! What the pages of a column promise, before any of them is unpacked.
//!
//! A page's head says how long it is unpacked and how many values it holds, and readers take memory for that; it also says how values and
//! levels are encoded, which the reader takes for granted. Heads are Thrift structures in the compact protocol; of these only the few
//! numbers that matter are read, everything else is stepped over.

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

/// A page of values, a page of the values that others refer to, and a page of values in the second form.
const DATA: u64 = 0;
const DICTIONARY: u64 = 2;
const DATA_V2: u64 = 3;
/// Encodings whose values are places in a dictionary, the older name first.
const BY_DICTIONARY: [u64; 2] = [2, 8];
/// Encodings of levels: runs, and the older packed bits.
const OF_LEVELS: [u64; 2] = [3, 4];

/// Adds up the pages that lie in `length` bytes from `start`, and checks what they say of themselves.
pub fn scan(file: &mut (impl Read + Seek), start: u64, length: u64, promise: &mut Promise) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    let mut reader = Counted {
        inner: BufReader::new(file),
        at: 0,
    };
    let mut has_dictionary = false;
    while reader.at < length {
        let head = Head::read(&mut reader)?;
        head.check(has_dictionary)?;
        has_dictionary |= head.kind == DICTIONARY;
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
    kind: u64,
    unpacked: u64,
    packed: u64,
    values: u64,
    encoding: u64,
    /// How levels are encoded, in pages of the first form.
    levels: Option<[u64; 2]>,
    /// Bytes that levels take, in pages of the second form.
    level_bytes: u64,
}

impl Head {
    fn read(reader: &mut Counted<impl Read + Seek>) -> io::Result<Self> {
        let mut head = Self::default();
        let mut field = 0;
        while let Some(kind) = reader.field(&mut field)? {
            match (field, kind) {
                (1, 5) => head.kind = reader.length()?,
                (2, 5) => head.unpacked = reader.length()?,
                (3, 5) => head.packed = reader.length()?,
                // The entries of a dictionary (7) are no values.
                (5, 12) => {
                    let [values, encoding, definition, repetition] = reader.numbers()?;
                    (head.values, head.encoding, head.levels) = (values, encoding, Some([definition, repetition]));
                }
                (8, 12) => {
                    let [values, _nulls, _rows, encoding, definition, repetition] = reader.numbers()?;
                    (head.values, head.encoding) = (values, encoding);
                    head.level_bytes = definition.saturating_add(repetition);
                }
                _ => reader.skip_value(kind, 0)?,
            }
        }
        Ok(head)
    }

    fn check(&self, has_dictionary: bool) -> io::Result<()> {
        let is_data = matches!(self.kind, DATA | DATA_V2);
        if is_data && BY_DICTIONARY.contains(&self.encoding) && !has_dictionary {
            return Err(io::Error::other(
                "a page refers to a dictionary that does not come before it",
            ));
        }
        if let Some(unknown) = self
            .levels
            .into_iter()
            .flatten()
            .find(|level| !OF_LEVELS.contains(level))
        {
            return Err(io::Error::other(format!(
                "levels of a page have the unknown encoding {unknown}"
            )));
        }
        if self.level_bytes > self.unpacked.min(self.packed) {
            return Err(io::Error::other("the levels of a page are longer than the page"));
        }
        Ok(())
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

    /// The first fields of a structure, numbers, 0 where one is left out; steps over the others.
    fn numbers<const N: usize>(&mut self) -> io::Result<[u64; N]> {
        let (mut field, mut numbers) = (0, [0; N]);
        while let Some(kind) = self.field(&mut field)? {
            let place = field.checked_sub(1).and_then(|at| usize::try_from(at).ok());
            match (place.and_then(|at| numbers.get_mut(at)), kind) {
                (Some(number), 5) => *number = self.length()?,
                _ => self.skip_value(kind, 1)?,
            }
        }
        Ok(numbers)
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

    /// Type 0, unpacked 5, packed 3, and 7 plain values, their levels in runs, in a data page's head.
    const HEAD: [u8; 17] = [
        0x15, 0, 0x15, 10, 0x15, 6, 0x2c, 0x15, 14, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0,
    ];

    #[test]
    fn pages_are_added_up() {
        let pages = [&HEAD[..], b"abc", &HEAD, b"def"].concat();
        let mut promise = Promise::default();
        scan(&mut Cursor::new(&pages), 0, pages.len() as u64, &mut promise).expect("two pages");
        assert_eq!(promise, Promise { values: 14, longest: 5 });
    }

    fn refusal(pages: &[u8]) -> String {
        let scanned = scan(&mut Cursor::new(pages), 0, pages.len() as u64, &mut Promise::default());
        scanned.expect_err("a page that cannot be").to_string()
    }

    #[test]
    fn pages_that_refer_to_no_dictionary_are_refused() {
        let mut head = HEAD;
        head[10] = 16;
        assert!(refusal(&[&head[..], b"abc"].concat()).contains("a dictionary that does not come before it"));
        // Type 2, unpacked 3, packed 3: then there is one.
        let dictionary = [0x15, 4, 0x15, 6, 0x15, 6, 0x4c, 0x15, 2, 0x15, 0, 0, 0];
        let pages = [&dictionary[..], b"abc", &head, b"abc"].concat();
        scan(&mut Cursor::new(&pages), 0, pages.len() as u64, &mut Promise::default())
            .expect("a dictionary and a page");
    }

    #[test]
    fn levels_of_unknown_encodings_are_refused() {
        let mut head = HEAD;
        head[12] = 14;
        assert!(refusal(&[&head[..], b"abc"].concat()).contains("the unknown encoding 7"));
    }

    #[test]
    fn levels_longer_than_their_page_are_refused() {
        // Type 3, unpacked 5, packed 3, and in the second form's head 7 values, none null, 7 rows, plain, 3 and 1 bytes of levels.
        let head = [
            0x15, 6, 0x15, 10, 0x15, 6, 0x5c, 0x15, 14, 0x15, 0, 0x15, 14, 0x15, 0, 0x15, 6, 0x15, 2, 0, 0,
        ];
        assert!(refusal(&[&head[..], b"abc"].concat()).contains("longer than the page"));
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

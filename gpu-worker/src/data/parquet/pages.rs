//! What the pages of a column promise, before any of them is unpacked.
//!
//! A page's head says how long it is unpacked and how many values it holds, and readers take memory for that; it also says how values and
//! levels are encoded, which the reader takes for granted. Of a head only the few numbers that matter are read, everything else is
//! stepped over.

use std::io::{self, Read, Seek};

use super::thrift::Kind::{self, Any, Number, Structure, Truth};
use super::thrift::{Thrift, broken, expect, known};

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
    let mut reader = Thrift::new(file, start, length)?;
    let mut has_dictionary = false;
    while reader.left() > 0 {
        let head = Head::read(&mut reader)?;
        head.check(has_dictionary)?;
        has_dictionary |= head.kind == DICTIONARY;
        promise.longest = promise.longest.max(head.unpacked);
        promise.values = promise.values.saturating_add(head.values);
        if head.packed > reader.left() {
            return Err(broken("a page is longer than its column"));
        }
        reader.skip(head.packed)?;
    }
    Ok(())
}

/// The fields of a head that say nothing that matters: a checksum, a page of an index, and one that others refer to, whose entries are
/// no values.
const OTHERS: &[Kind] = &[
    Any,
    Any,
    Any,
    Number,
    Any,
    Structure(&[]),
    Structure(&[Number, Number, Truth]),
];

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
    fn read(reader: &mut Thrift<impl Read + Seek>) -> io::Result<Self> {
        let mut head = Self::default();
        let (mut field, mut last, mut pages) = (0, 0, 0);
        while let Some(mark) = reader.field(&mut field)? {
            // The reader believes the last of several.
            if field <= last {
                return Err(broken("the fields of a page's head are out of order"));
            }
            last = field;
            pages += u32::from(matches!(field, 5..=8));
            match field {
                1 => head.kind = reader.count(mark)?,
                2 => head.unpacked = reader.count(mark)?,
                3 => head.packed = reader.count(mark)?,
                5 => {
                    let [values, encoding, definition, repetition] = numbers(reader, mark, &[Any])?;
                    (head.values, head.encoding, head.levels) = (values, encoding, Some([definition, repetition]));
                }
                8 => {
                    let [values, _nulls, _rows, encoding, definition, repetition] =
                        numbers(reader, mark, &[Truth, Any])?;
                    (head.values, head.encoding) = (values, encoding);
                    head.level_bytes = definition.saturating_add(repetition);
                }
                _ => reader.value(known(OTHERS, field), mark)?,
            }
        }
        if pages > 1 {
            return Err(broken("a page's head describes several pages"));
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

/// The first fields of a structure, numbers, 0 where one is left out; steps over the others, of which the first are these.
fn numbers<const N: usize>(reader: &mut Thrift<impl Read + Seek>, mark: u8, others: &[Kind]) -> io::Result<[u64; N]> {
    expect(&Structure(&[]), mark)?;
    let (mut field, mut numbers) = (0, [0; N]);
    while let Some(mark) = reader.field(&mut field)? {
        let place = field.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        match place.and_then(|at| numbers.get_mut(at)) {
            Some(number) => *number = reader.count(mark)?,
            None => reader.value(known(others, field.saturating_sub(N as u64)), mark)?,
        }
    }
    Ok(numbers)
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
    fn a_length_of_another_kind_is_refused() {
        // As a truth value, for which the reader would take the byte after it; and as a field that is numbered beyond 16 bits.
        for length in [&[0x11][..], &[5, 0x84, 0x80, 8, 2]] {
            let head = [&HEAD[..2], length, &HEAD[4..]].concat();
            let refusal = refusal(&[&head[..], b"abc"].concat());
            assert!(refusal.contains("kind 1") || refusal.contains("16 bits"), "{refusal}");
        }
        let mut long = HEAD.to_vec();
        long.splice(1..2, [0x80, 0x80, 0x80, 0x80, 0x20]);
        assert!(refusal(&[&long[..], b"abc"].concat()).contains("more than 32 bits"));
    }

    #[test]
    fn a_head_that_says_a_thing_twice_is_refused() {
        let again = [&HEAD[..6], &[5, 6, 6], &HEAD[6..]].concat();
        assert!(refusal(&[&again[..], b"abc"].concat()).contains("out of order"));
        let two = [
            &HEAD[..16],
            &[0x3c, 0x15, 2, 0x15, 0, 0x15, 14, 0x15, 0, 0x15, 0, 0x15, 0, 0, 0],
        ]
        .concat();
        assert!(refusal(&[&two[..], b"abc"].concat()).contains("several pages"));
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

//! What the footer of a Parquet file says of itself, before the reader sees it.
//!
//! The reader steps over lists as long as they say that they are, takes room for as many columns in a group as the group says, and calls
//! itself for groups in groups: so all of these are bounded here.

use std::io::{self, Read, Seek, SeekFrom};

use super::thrift::Kind::{self, Any, Byte, Bytes, Double, List, Number, Structure, Truth};
use super::thrift::{Thrift, broken, expect, known};

/// The last bytes of a file: the footer's length, and what tells a Parquet file.
const TAIL: u64 = 8;
const MAGIC: &[u8] = b"PAR1";
/// Columns within columns: lists of lists have five.
const MAX_DEPTH: usize = 64;

// What the structures hold, as the format (and the reader, which must be compared when a later version of it comes) has them.
const EMPTY: Kind = Structure(&[]);
const UNIT: Kind = Structure(&[EMPTY, EMPTY, EMPTY]);
const TIME: Kind = Structure(&[Truth, UNIT]);
const LOGICAL: Kind = Structure(&[
    EMPTY,
    EMPTY,
    EMPTY,
    EMPTY,
    Structure(&[Number, Number]),
    EMPTY,
    TIME,
    TIME,
    Any,
    Structure(&[Byte, Truth]),
    EMPTY,
    EMPTY,
    EMPTY,
    EMPTY,
    EMPTY,
    Structure(&[Byte]),
    Structure(&[Bytes]),
    Structure(&[Bytes, Number]),
    EMPTY,
]);
const ELEMENT: &[Kind] = &[
    Number, Number, Number, Bytes, Number, Number, Number, Number, Number, LOGICAL,
];
/// The number of the columns that are in one, among the fields of `ELEMENT`.
const CHILDREN: u64 = 5;
const PAIR: Kind = Structure(&[Bytes, Bytes]);
const STATISTICS: Kind = Structure(&[Bytes, Bytes, Number, Number, Bytes, Bytes, Truth, Truth, Number]);
const ENCODING: Kind = Structure(&[Number, Number, Number]);
const SIZES: Kind = Structure(&[Number, List(&Number), List(&Number)]);
const BOX: Kind = Structure(&[Double, Double, Double, Double, Double, Double, Double, Double]);
const PLACES: Kind = Structure(&[BOX, List(&Number)]);
const COLUMN: Kind = Structure(&[
    Number,
    List(&Number),
    List(&Bytes),
    Number,
    Number,
    Number,
    Number,
    List(&PAIR),
    Number,
    Number,
    Number,
    STATISTICS,
    List(&ENCODING),
    Number,
    Number,
    SIZES,
    PLACES,
]);
const CHUNK: Kind = Structure(&[Bytes, Number, COLUMN, Number, Number, Number, Number]);
const SORTING: Kind = Structure(&[Number, Truth, Truth]);
const GROUP: Kind = Structure(&[List(&CHUNK), Number, Number, List(&SORTING), Number, Number, Number]);
const ORDER: Kind = Structure(&[EMPTY, EMPTY]);
const FILE: &[Kind] = &[
    Number,
    List(&Any),
    Number,
    List(&GROUP),
    List(&PAIR),
    Bytes,
    List(&ORDER),
];
/// The number of the columns' descriptions among the fields of `FILE`.
const SCHEMA: u64 = 2;

/// Checks the footer of a file. What is no Parquet file, or shorter than it says, is left to the reader to refuse.
pub fn check(mut file: impl Read + Seek) -> io::Result<()> {
    let size = file.seek(SeekFrom::End(0))?;
    let Some(end) = size.checked_sub(TAIL) else {
        return Ok(());
    };
    file.seek(SeekFrom::Start(end))?;
    let mut tail = [0; TAIL as usize];
    file.read_exact(&mut tail)?;
    let (length, magic) = tail.split_at(4);
    let length = length
        .iter()
        .rev()
        .fold(0, |length, byte| length << 8 | u64::from(*byte));
    match end.checked_sub(length) {
        Some(start) if magic == MAGIC => structure(&mut Thrift::new(file, start, length)?),
        _ => Ok(()),
    }
}

fn structure(reader: &mut Thrift<impl Read + Seek>) -> io::Result<()> {
    let mut number = 0;
    while let Some(mark) = reader.field(&mut number)? {
        match number {
            SCHEMA => schema(reader, mark)?,
            number => reader.value(known(FILE, number), mark)?,
        }
    }
    Ok(())
}

/// The columns, each before those that are in it.
fn schema(reader: &mut Thrift<impl Read + Seek>, mark: u8) -> io::Result<()> {
    expect(&List(&Any), mark)?;
    let (count, mark) = reader.list()?;
    // How many columns are to come of each that is not complete, and of all.
    let (mut open, mut owed): (Vec<u64>, u64) = (Vec::new(), 0);
    for left in (0..count).rev() {
        expect(&EMPTY, mark)?;
        let children = element(reader)?;
        if let Some(siblings) = open.last_mut() {
            *siblings -= 1;
            owed -= 1;
        }
        owed += children;
        if owed > left {
            return Err(broken("its columns say that more are in them than it has"));
        }
        open.push(children);
        if open.len() > MAX_DEPTH {
            return Err(broken("its columns nest too deep"));
        }
        while open.pop_if(|siblings| *siblings == 0).is_some() {}
    }
    Ok(())
}

/// Steps over what describes a column: how many others are in it.
fn element(reader: &mut Thrift<impl Read + Seek>) -> io::Result<u64> {
    let (mut number, mut children) = (0, 0);
    while let Some(mark) = reader.field(&mut number)? {
        match number {
            CHILDREN => children = reader.count(mark)?,
            number => reader.value(known(ELEMENT, number), mark)?,
        }
    }
    Ok(children)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;
    use ::parquet::file::reader::{FileReader, SerializedFileReader};

    /// A column of integers called a, required.
    const LEAF: &[u8] = &[0x15, 4, 0x25, 0, 0x18, 1, b'a', 0];

    /// What describes a column of the name a with others in it.
    fn parent(children: u8) -> Vec<u8> {
        vec![0x35, 0, 0x18, 1, b'a', 0x15, 2 * children, 0]
    }

    /// A file of version 2 with these columns, no rows, and more fields.
    fn file(columns: &[Vec<u8>], rows: &[u8], more: &[u8]) -> Vec<u8> {
        let count = u8::try_from(columns.len()).expect("few columns");
        let list: &[u8] = &match count {
            count @ 0..15 => vec![0x19, count << 4 | 12],
            count => vec![0x19, 0xfc, count & 0x7f | 0x80, count >> 7],
        };
        let footer = [&[0x15, 4], list, &columns.concat(), rows, &[0x19, 0x0c], more, &[0]].concat();
        let length = u32::try_from(footer.len()).expect("a short one").to_le_bytes();
        [MAGIC, &footer, &length, MAGIC].concat()
    }

    const NO_ROWS: &[u8] = &[0x16, 0];

    fn refusal(file: &[u8]) -> String {
        check(Cursor::new(file))
            .expect_err("a footer that cannot be")
            .to_string()
    }

    #[test]
    fn a_sound_footer_passes_and_is_read() {
        let key = [0x19, 0x1c, 0x18, 1, b'k', 0x18, 1, b'v', 0];
        // A field that is not known, with a list of structures.
        let unknown = [0x59, 0x1c, 0x11, 0x25, 2, 0];
        let file = file(&[parent(1), LEAF.into()], NO_ROWS, &[&key[..], &unknown].concat());
        check(Cursor::new(&file)).expect("a footer");
        let mut saved = tempfile::tempfile().expect("a file");
        saved.write_all(&file).expect("room");
        let read = SerializedFileReader::new(saved).expect("the same for the reader");
        assert_eq!(read.metadata().file_metadata().schema_descr().num_columns(), 1);
    }

    #[test]
    fn a_list_of_values_that_take_no_room_is_refused_before_it_is_counted() {
        for elements in [[0xf1, 0xff, 0xff, 0xff, 0xff, 7], [0xf2, 1, 0, 0, 0, 0]] {
            let field = [&[0x99][..], &elements].concat();
            let refusal = refusal(&file(&[parent(1), LEAF.into()], NO_ROWS, &field));
            assert!(refusal.contains("elements, which take no room"), "{refusal}");
        }
        // Within a structure that the format does not name.
        let nested = [0x9c, 0x19, 0x19, 0xf2, 0xff, 0xff, 0xff, 0xff, 7, 0];
        assert!(refusal(&file(&[parent(1), LEAF.into()], NO_ROWS, &nested)).contains("take no room"));
    }

    #[test]
    fn a_field_of_another_kind_than_the_format_says_is_refused() {
        // The number of rows as a truth value: the reader would take the next byte for it.
        let truth = file(&[parent(1), LEAF.into()], &[0x11], &[]);
        assert!(refusal(&truth).contains("has the kind 1"));
        let children = vec![0x35, 0, 0x18, 1, b'a', 0x11, 0];
        assert!(refusal(&file(&[children, LEAF.into()], NO_ROWS, &[])).contains("has the kind 1"));
    }

    #[test]
    fn columns_that_cannot_be_there_are_refused() {
        assert!(refusal(&file(&[parent(2), LEAF.into()], NO_ROWS, &[])).contains("more are in them than it has"));
        let promises = [parent(2), parent(2), parent(2), LEAF.into()];
        assert!(refusal(&file(&promises, NO_ROWS, &[])).contains("more are in them than it has"));
        let endless = vec![0x48, 1, b'a', 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0];
        assert!(refusal(&file(&[endless, LEAF.into()], NO_ROWS, &[])).contains("more are in them than it has"));
    }

    #[test]
    fn columns_nest_only_so_deep() {
        let nested = |depth: usize| {
            let parents = (1..depth).map(|_| parent(1));
            file(&parents.chain([LEAF.into()]).collect::<Vec<_>>(), NO_ROWS, &[])
        };
        check(Cursor::new(nested(MAX_DEPTH))).expect("as deep as may be");
        assert!(refusal(&nested(MAX_DEPTH + 1)).contains("nest too deep"));
    }

    #[test]
    fn what_is_no_parquet_file_is_left_to_the_reader() {
        let mut other = file(&[parent(1), LEAF.into()], &[0x11], &[]);
        check(Cursor::new(&other[other.len() - 7..])).expect("too short");
        check(Cursor::new(&other[20..])).expect("shorter than it says");
        other.pop();
        other.push(b'E');
        check(Cursor::new(other)).expect("encrypted");
    }
}
